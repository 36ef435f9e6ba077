import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "vitest";
import { type Host, waitUntil } from "./lab.ts";

const STALL_MS_MAX = 10_000;

/** The longest time for which a file that is being written did not grow, until `ended`. */
async function longestStallMs(file: string, ended: Promise<unknown>): Promise<number> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  let longestMs = 0;
  let sizeBytes = 0;
  let grewAtMs = performance.now();
  while (!isOver && existsSync(file)) {
    const nowBytes = statSync(file, { throwIfNoEntry: false })?.size ?? sizeBytes;
    if (nowBytes > sizeBytes) grewAtMs = performance.now();
    sizeBytes = nowBytes;
    longestMs = Math.max(longestMs, performance.now() - grewAtMs);
    await new Promise((done) => setTimeout(done, 10));
  }
  return Math.round(longestMs);
}

/**
 * A file that `target` stores is read by `source`; in the middle of it something happens. It has
 * to arrive whole, without standing still for long.
 * @returns the longest time for which it did not grow, in milliseconds
 */
export async function readWhile(
  source: Host,
  target: Host,
  sizeBytes: number,
  strike: () => void,
): Promise<number> {
  const main = resolve("dist/cli/main.js");
  const file = join(target.home, "sent.bin");
  writeFileSync(file, randomBytes(sizeBytes));
  const words = ["put", file, "--wait", "0", "--home", target.home];
  const link = target.run(process.execPath, main, ...words).trim();
  const received = join(source.home, "received.bin");
  const reading = source.spawn(process.execPath, [
    ...[main, "get", link, "-o", received, "--home", source.home],
  ]);
  let talk = "";
  reading.stderr?.on("data", (chunk: Buffer) => {
    talk += chunk.toString();
  });
  const ended = new Promise<number | null>((done) => reading.once("exit", done));
  await waitUntil(async () => existsSync(`${received}.partial`), 20_000, 5);
  expect(existsSync(received)).toBe(false);
  strike();
  const stall = longestStallMs(`${received}.partial`, ended);
  const code = await ended;
  const log = join(source.home, "peernet.log");
  const why = existsSync(log) ? readFileSync(log, "utf8") : "";
  expect(code, `${talk}\n${why}`).toBe(0);
  const stallMs = await stall;
  expect(readFileSync(received).equals(readFileSync(file))).toBe(true);
  expect(stallMs).toBeLessThan(STALL_MS_MAX);
  return stallMs;
}
