import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../tidy/tree.ts";

const MAIN = join(root, "dist", "cli", "main.js");

/** A command that runs on a new machine, in a home of its own. */
export interface Command {
  readonly child: ChildProcess;
  readonly home: string;
  /** What it has told so far, on both of its streams. */
  said(): string;
  /** Ends it if it still runs; its home goes with it. */
  end(): Promise<void>;
}

/** Starts a command of Peernet in a fresh home. */
export function startCommand(words: readonly string[]): Command {
  const home = mkdtempSync(join(tmpdir(), "peernet-command-"));
  const child = spawn(process.execPath, [MAIN, ...words, "--home", home], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const hear = (part: Buffer): void => {
    text += part.toString();
  };
  child.stdout?.on("data", hear);
  child.stderr?.on("data", hear);
  return {
    ...{ child, home },
    said: () => text,
    end: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill();
        await once(child, "exit");
      }
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** What a waiting place throws is told together with what the command has said. */
export async function withItsWords(command: Command, work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    throw new Error(`the command said: ${command.said()}`, { cause: error });
  });
}

/** The words that a command with `--json` tells of, as soon as it has: the newest. */
export function wordsOf(command: Command): readonly string[] {
  const lines = command.said().split("\n");
  const line = lines.findLast((one) => one.startsWith('{"words":'));
  return line === undefined ? [] : (JSON.parse(line) as { words: readonly string[] }).words;
}
