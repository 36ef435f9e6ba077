import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { BenchRival } from "../row.ts";
import { rivalPackages } from "./npm.ts";

const NAME = "@signalapp/libsignal-client";
const VERSION = "0.103.0";
const MESSAGES = 4_000;

interface Measured {
  readonly first: number;
  readonly mean: number;
  readonly perSecond: number;
}

let result: Measured | { readonly why: string } | undefined;

/**
 * Signal's library at the same messages, in a process of its own; installed at the first call.
 * @param what bytes of the first message or of later ones, or messages per second of processor time
 */
export function libsignal(what: keyof Measured, note: string): BenchRival {
  result ??= measure();
  if ("why" in result) return { name: "libsignal", value: null, note: result.why };
  return { name: "libsignal", value: result[what], note: `${VERSION}, ${note}` };
}

function measure(): Measured | { readonly why: string } {
  const installed = rivalPackages("libsignal", { [NAME]: VERSION });
  if ("why" in installed) return installed;
  const file = join(installed.folder, "node_modules", NAME, "dist/index.js");
  const words = ["bench/rivals/libsignal.mjs", file, String(MESSAGES)];
  const { status, stdout } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (status !== 0) return { why: "it does not run here" };
  const measured: Measured = JSON.parse(stdout);
  return measured;
}
