import { COMMON_OPTIONS, type Command, type OptionSpec } from "./command.ts";
import { table } from "./output.ts";

/** Letters of a command's usage that stand in the overview. */
const USAGE_CHARS = 34;

/** The usage, cut between words where it is long: the command's own page has all of it. */
function briefly(usage: string): string {
  if (usage.length <= USAGE_CHARS) return usage;
  const end = usage.slice(0, USAGE_CHARS).search(/[ |][^ |]*$/);
  return `${usage.slice(0, Math.max(1, end))} …`;
}

/** The page of `peernet --help`. */
export function overview(commands: readonly Command[], version: string): string {
  const rows = commands.map((command) => [
    `  ${command.name} ${briefly(command.usage)}`.trimEnd(),
    command.summary,
  ]);
  return [
    `peernet ${version} - the network people own themselves`,
    "",
    "Usage: peernet <command> [options]",
    "",
    table(rows),
    "",
    "Every command takes --home DIR, --json and --help. First steps:",
    "  peernet up                 start this peer and open its console",
    "  peernet invite             a link and QR code for somebody you know",
    '  peernet send anna "hello"  a message, kept until it arrives',
  ].join("\n");
}

/** The page of `peernet <command> --help`. */
export function commandHelp(command: Command): string {
  const options = Object.entries({ ...command.options, ...COMMON_OPTIONS });
  return [
    `Usage: peernet ${command.name} ${command.usage}`.trimEnd(),
    "",
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
    ...(command.details === undefined ? [] : ["", command.details]),
    "",
    "Options:",
    table(options.map(([name, spec]) => [`  ${optionName(name, spec)}`, spec.help])),
  ].join("\n");
}

function optionName(name: string, spec: OptionSpec): string {
  const short = spec.short === undefined ? "" : `-${spec.short}, `;
  return `${short}--${name}${spec.value === undefined ? "" : ` ${spec.value}`}`;
}
