import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { must } from "../../../base/errors.ts";
import { findLibc } from "./libc.ts";

const CLONE_NEWNET = 0x40000000;

/** Changes interfaces by iproute2, such as "link set lo up". For tests only. @throws where that fails */
export function ip(words: string): void {
  const { status } = spawnSync("ip", words.split(" "));
  if (status !== 0) throw new RangeError(`ip ${words} ended with ${status}`);
}

/**
 * Runs in an empty network of this thread alone. For tests only.
 * @returns why that is impossible here, for people; undefined where it was run
 */
export async function inEmptyNetwork(body: () => Promise<void>): Promise<string | undefined> {
  if (spawnSync("ip", ["-V"]).status !== 0) return "iproute2 is missing";
  const { ffi } = must(findLibc(), "native calls");
  const here = openSync("/proc/thread-self/ns/net", "r");
  try {
    if (ffi.find("unshare", ["int"])(CLONE_NEWNET) !== 0) return "only root may make a network";
    try {
      await body();
    } finally {
      // Whatever is tested afterwards in this thread needs the network that it had.
      must(ffi.find("setns", ["int", "int"])(here, CLONE_NEWNET) === 0 || undefined, "a way back");
    }
    return undefined;
  } finally {
    closeSync(here);
  }
}
