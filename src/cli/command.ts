import type { Output } from "./output.ts";

/** One option of a command. */
export interface OptionSpec {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  /** What stands for the value in the help, such as DIR. */
  readonly value?: string;
  readonly help: string;
}

/** Parsed words of a command line. */
export interface Arguments {
  readonly positionals: readonly string[];
  /** The text of an option, or undefined. */
  text(name: string): string | undefined;
  /** All texts of an option that may be repeated. */
  texts(name: string): readonly string[];
  flag(name: string): boolean;
}

/** What every command is handed. */
export interface CommandContext {
  readonly arguments: Arguments;
  readonly output: Output;
  /** The home directory in question. */
  readonly home: string;
}

/** One word after `peernet`. */
export interface Command {
  readonly name: string;
  /** Positional words, such as `<who> <text>`. */
  readonly usage: string;
  readonly summary: string;
  /** Longer help: a few sentences, then examples. */
  readonly details?: string;
  readonly options?: Readonly<Record<string, OptionSpec>>;
  /** Fewest and most positional words. */
  readonly positionals: readonly [number, number];
  /** Exit code. */
  run(context: CommandContext): Promise<number>;
}

/** Options that every command takes. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  home: {
    type: "string",
    value: "DIR",
    help: "home directory (else PEERNET_HOME, else the platform's)",
  },
  json: { type: "boolean", help: "print one JSON value on stdout" },
  help: { type: "boolean", short: "h", help: "show this help" },
};
