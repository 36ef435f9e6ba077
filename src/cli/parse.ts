import { parseArgs } from "node:util";
import { nearest } from "../base/nearest.ts";
import { type Arguments, COMMON_OPTIONS, type Command, type OptionSpec } from "./command.ts";
import { CliError } from "./errors.ts";

/**
 * Parses the words after a command's name.
 * @throws CliError("usage") that says what to type instead
 */
export function parseCommandLine(command: Command, words: readonly string[]): Arguments {
  const specs: Readonly<Record<string, OptionSpec>> = { ...COMMON_OPTIONS, ...command.options };
  const { values, positionals } = parseStrictly(command, specs, words);
  const [fewest, most] = command.positionals;
  const enough = positionals.length >= fewest && positionals.length <= most;
  if (values["help"] !== true && !enough) {
    throw new CliError("usage", `Type: peernet ${command.name} ${command.usage}`.trimEnd());
  }
  const textsOf = (name: string): readonly string[] => {
    const value = values[name];
    if (Array.isArray(value)) return value.filter((one) => typeof one === "string");
    return typeof value === "string" ? [value] : [];
  };
  return {
    positionals,
    text: (name) => textsOf(name)[0],
    texts: textsOf,
    flag: (name) => values[name] === true,
  };
}

function parseStrictly(
  command: Command,
  specs: Readonly<Record<string, OptionSpec>>,
  words: readonly string[],
): {
  values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  positionals: string[];
} {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [
      name,
      {
        type: spec.type,
        ...(spec.short === undefined ? {} : { short: spec.short }),
        ...(spec.multiple === true ? { multiple: true } : {}),
      },
    ]),
  );
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (cause) {
    throw new CliError("usage", adviseOption(command, specs, cause), { cause });
  }
}

function adviseOption(
  command: Command,
  specs: Readonly<Record<string, OptionSpec>>,
  cause: unknown,
): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const wrong = /'(--?[^' ]+)/.exec(message)?.[1];
  const help = `'peernet ${command.name} --help' lists all options.`;
  if (wrong === undefined) return `${message}. ${help}`;
  if (!message.startsWith("Unknown option")) {
    const value = specs[wrong.replace(/^-+/, "")]?.value;
    const needs = value === undefined ? "takes no value" : `needs a value: ${wrong} ${value}`;
    const dash = message.includes("ambiguous")
      ? ` A value that begins with a dash is typed ${wrong}=-…`
      : "";
    return `The option ${wrong} ${needs}.${dash} ${help}`;
  }
  if (!/^--?[a-z]/i.test(wrong)) {
    return `'${wrong}' looks like an option and is none. Words that begin with a dash are typed behind --, after all options. ${help}`;
  }
  const near = nearest(wrong.replace(/^-+/, ""), Object.keys(specs));
  const hint = near === undefined ? "" : ` Did you mean --${near}?`;
  return `There is no option ${wrong}.${hint} ${help}`;
}
