import { COMMON_OPTIONS, type Command, type OptionSpec } from "./command.ts";
import { table } from "./output.ts";

/** The page of `peernet --help`. */
export function overview(commands: readonly Command[], version: string): string {
  const rows = commands.map((command) => [
    `  ${command.name} ${command.usage}`.trimEnd(),
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
