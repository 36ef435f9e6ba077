import { readApiFile } from "../../adapters/node/home-api-file.ts";
import { ApiClient, type FindingBody } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT } from "../errors.ts";

const MARK = { ok: "ok      ", hint: "hint    ", problem: "PROBLEM " } as const;

async function offlineFindings(home: string): Promise<readonly FindingBody[]> {
  const { ofClock, ofHome, ofNode, ofSpace } = await import("../daemon/diagnose.ts");
  return [
    {
      id: "running",
      level: "problem",
      code: "running-not",
      facts: {},
      title: `No peer runs on ${home}.`,
      advice: "Start one with 'peernet up'; then doctor can look at the network too.",
    },
    ofClock(new Date()),
    ofNode(process.versions.node),
    await ofHome(home),
    await ofSpace(home),
  ];
}

async function run(context: CommandContext): Promise<number> {
  // Where a home may not be looked into, that is what is found.
  const api = await readApiFile(context.home).catch(() => undefined);
  const findings =
    api === undefined
      ? await offlineFindings(context.home)
      : (await new ApiClient(api).doctor()).findings;
  context.output.result({ findings }, () =>
    findings
      .map(
        ({ level, title, advice }) =>
          `${MARK[level]}${title}${advice === "" ? "" : `\n        ${advice}`}`,
      )
      .join("\n"),
  );
  return findings.some((finding) => finding.level === "problem") ? EXIT.failed : EXIT.ok;
}

/** `peernet doctor` */
export const doctorCommand: Command = {
  name: "doctor",
  usage: "",
  summary: "what may stand in the way, and what to do about it",
  positionals: [0, 0],
  run,
};
