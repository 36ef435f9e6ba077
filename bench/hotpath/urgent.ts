import { spawnSync } from "node:child_process";

const REAL_TIME = ["chrt", "--rr", "10"] as const;
const NICE = ["nice", "-n", "-19"] as const;
let found: readonly string[] | undefined;

/**
 * The words of a command that runs before everything else on the machine: what stands for a cable
 * or a clock must not be what is late.
 */
export function urgent(words: readonly string[]): readonly [string, ...string[]] {
  found ??= works(REAL_TIME) ? REAL_TIME : works(NICE) ? NICE : ["env"];
  return [found[0] ?? "env", ...found.slice(1), ...words];
}

function works([command = "", ...words]: readonly string[]): boolean {
  return spawnSync(command, [...words, "true"], { stdio: "ignore" }).status === 0;
}
