import { resolveHome } from "../adapters/node/home-directory.ts";
import { ClientError } from "../api/client/index.ts";
import { TypedError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { COMMANDS } from "./commands/all.ts";
import { CliError, EXIT } from "./errors.ts";
import { commandHelp, overview } from "./help.ts";
import { terminalOutput } from "./output.ts";
import { parseCommandLine } from "./parse.ts";
import { VERSION } from "./version.ts";

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

/**
 * Runs the command line and sets the exit code of this process.
 * @param words what stands behind `peernet`
 */
export async function runCommandLine(words: readonly string[]): Promise<void> {
  // A reader that has seen enough (`peernet peers | head`) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.ok);
  });
  try {
    process.exitCode = await main(words);
  } catch (error) {
    explain(error, words.includes("--json"));
    process.exitCode = exitCodeOf(error);
  }
}
