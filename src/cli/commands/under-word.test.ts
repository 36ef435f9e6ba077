import { expect, test } from "vitest";
import { CliError } from "../errors.ts";
import { parseCommandLine } from "../parse.ts";
import { communityCommand } from "./community.ts";
import { contactsCommand } from "./contacts.ts";
import { deviceCommand } from "./device.ts";
import { folderCommand } from "./folder.ts";
import { groupCommand } from "./group.ts";
import { currencyCommand, lineCommand } from "./money.ts";
import { recoveryCommand } from "./recovery.ts";
import { requestsCommand } from "./requests.ts";

const COMMANDS = [
  ...[communityCommand, contactsCommand, currencyCommand, deviceCommand, folderCommand],
  ...[groupCommand, lineCommand, recoveryCommand, requestsCommand],
];
const silent = { json: false, lively: false, result() {}, say() {}, progress() {} };

test.each(COMMANDS.map((command) => [command.name, command] as const))(
  "%s takes no word that every table knows for an action",
  async (_name, command) => {
    for (const typed of ["constructor", "__proto__", "toString", "valueOf"]) {
      const context = {
        arguments: parseCommandLine(command, [typed]),
        output: silent,
        home: "/nonexistent",
      };
      const failed: unknown = await command.run(context).catch((cause: unknown) => cause);
      expect(failed).toBeInstanceOf(CliError);
      expect(failed).toMatchObject({ code: "usage" });
      expect(String(failed)).not.toMatch(/function|native code|\[object/);
    }
  },
);
