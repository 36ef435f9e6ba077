#!/usr/bin/env node
import { resolveHome } from "../adapters/node/home-directory.ts";
import { ClientError } from "../api/client/index.ts";
import { TypedError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { Command } from "./command.ts";
import { allowCommand, denyCommand } from "./commands/access.ts";
import { chatCommand } from "./commands/chat.ts";
import { clearingCommand } from "./commands/clearing.ts";
import { communityCommand } from "./commands/community.ts";
import { consoleCommand } from "./commands/console.ts";
import { contactsCommand } from "./commands/contacts.ts";
import { demoCommand } from "./commands/demo.ts";
import { deviceCommand } from "./commands/device.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { forwardCommand, proxyCommand, serveCommand } from "./commands/doors.ts";
import { driveCommand } from "./commands/drive.ts";
import { exportCommand } from "./commands/export.ts";
import { folderCommand } from "./commands/folder.ts";
import { gatewayCommand } from "./commands/gateway.ts";
import { getCommand } from "./commands/get.ts";
import { groupCommand } from "./commands/group.ts";
import { logsCommand } from "./commands/logs.ts";
import { mapCommand } from "./commands/map.ts";
import { inboxCommand, sendCommand } from "./commands/messages.ts";
import { currencyCommand, lineCommand, statementCommand } from "./commands/money.ts";
import { mountCommand, unmountCommand } from "./commands/mount.ts";
import { linkCommand, pingCommand, stopCommand } from "./commands/network.ts";
import { payCommand } from "./commands/pay.ts";
import { paymentsCommand, receiptsCommand, requestCommand } from "./commands/payments.ts";
import { peersCommand } from "./commands/peers.ts";
import { addCommand, inviteCommand } from "./commands/people.ts";
import { pictureCommand } from "./commands/picture.ts";
import { pipeCommand } from "./commands/pipe.ts";
import { anchorsCommand, carryCommand, messagesCommand } from "./commands/post.ts";
import { putCommand } from "./commands/put.ts";
import { rateCommand } from "./commands/rates.ts";
import { recoveryCommand } from "./commands/recovery.ts";
import { introduceCommand, requestsCommand } from "./commands/requests.ts";
import { restoreCommand } from "./commands/restore.ts";
import { speedCommand } from "./commands/speed.ts";
import { statusCommand } from "./commands/status.ts";
import { upCommand } from "./commands/up.ts";
import { explainCommand, traceCommand } from "./commands/ways.ts";
import { CliError, EXIT } from "./errors.ts";
import { commandHelp, overview } from "./help.ts";
import { terminalOutput } from "./output.ts";
import { parseCommandLine } from "./parse.ts";
import { VERSION } from "./version.ts";

const COMMANDS: readonly Command[] = [
  upCommand,
  consoleCommand,
  statusCommand,
  peersCommand,
  mapCommand,
  doctorCommand,
  logsCommand,
  inviteCommand,
  addCommand,
  contactsCommand,
  deviceCommand,
  pictureCommand,
  introduceCommand,
  requestsCommand,
  sendCommand,
  inboxCommand,
  chatCommand,
  messagesCommand,
  anchorsCommand,
  carryCommand,
  putCommand,
  getCommand,
  driveCommand,
  folderCommand,
  groupCommand,
  currencyCommand,
  lineCommand,
  payCommand,
  requestCommand,
  paymentsCommand,
  receiptsCommand,
  rateCommand,
  clearingCommand,
  statementCommand,
  communityCommand,
  mountCommand,
  unmountCommand,
  pingCommand,
  traceCommand,
  explainCommand,
  speedCommand,
  forwardCommand,
  serveCommand,
  pipeCommand,
  proxyCommand,
  gatewayCommand,
  allowCommand,
  denyCommand,
  linkCommand,
  exportCommand,
  recoveryCommand,
  restoreCommand,
  demoCommand,
  stopCommand,
];

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    const topic = COMMANDS.find((command) => command.name === rest[0]);
    if (name === "help" && rest[0] !== undefined && topic === undefined) {
      throw new CliError("usage", adviseCommand(rest[0]));
    }
    process.stdout.write(
      `${topic === undefined ? overview(COMMANDS, VERSION) : commandHelp(topic)}\n`,
    );
    return EXIT.ok;
  }
  if (name === "--version" || name === "-V" || name === "version") {
    process.stdout.write(`${VERSION}\n`);
    return EXIT.ok;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) throw new CliError("usage", adviseCommand(name));
  const parsed = parseCommandLine(command, rest);
  if (parsed.flag("help")) {
    process.stdout.write(`${commandHelp(command)}\n`);
    return EXIT.ok;
  }
  const output = terminalOutput(parsed.flag("json"));
  return command.run({
    arguments: parsed,
    output,
    home: resolveHome(parsed.text("home")),
  });
}

function adviseCommand(word: string): string {
  if (word.startsWith("-")) {
    return `Options stand behind the command: peernet <command> ${word} … 'peernet --help' lists all commands.`;
  }
  const near = nearest(
    word,
    COMMANDS.map((command) => command.name),
  );
  const hint = near === undefined ? "" : ` Did you mean 'peernet ${near}'?`;
  return `There is no command '${word}'.${hint} 'peernet --help' lists all commands.`;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CliError && error.code === "usage") return EXIT.usage;
  const absent = error instanceof CliError && error.code === "no-peer";
  const silent = error instanceof ClientError && error.code === "unavailable" && error.cause;
  return absent || silent ? EXIT.noPeer : EXIT.failed;
}

function explain(error: unknown, json: boolean): void {
  const known = error instanceof TypedError;
  const code = known ? error.code : "internal";
  const message = known
    ? error.message
    : `Peernet has a defect: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  process.stderr.write(`${json ? JSON.stringify({ error: { code, message } }) : message}\n`);
}

// A reader that has seen enough (`peernet peers | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.ok);
});

const words = process.argv.slice(2);
try {
  process.exitCode = await main(words);
} catch (error) {
  explain(error, words.includes("--json"));
  process.exitCode = exitCodeOf(error);
}
