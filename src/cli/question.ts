import { createInterface } from "node:readline/promises";
import { CliError } from "./errors.ts";

/**
 * Asks on the terminal and waits for a line.
 * @param instead what to do where nobody types
 * @throws CliError("failed") where the input ends or is broken off before there is an answer
 */
export async function question(text: string, instead: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // A last line without an end answers no question of Node's, and is only told.
  const last = new Promise<string>((done) => lines.once("line", done));
  const ended = new Promise<never>((_done, fail) => {
    lines.once("close", () =>
      setImmediate(() => fail(new CliError("failed", `Nothing was typed. ${instead}`))),
    );
  });
  try {
    return await Promise.race([lines.question(`${text} `), last, ended]);
  } finally {
    lines.close();
  }
}
