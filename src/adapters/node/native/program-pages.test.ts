import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { type Ffi, loadFfi } from "./ffi.ts";
import { letProgramPagesGo, unchangedParts } from "./program-pages.ts";

const NODE = "/usr/bin/node";
const isMeant = (path: string): boolean => path === NODE;

/** It has no function at all. */
const noFfi: Ffi = {
  find: () => {
    throw new RangeError("no such function");
  },
  ...{ addressOf: () => 0, viewOf: () => new ArrayBuffer(0), errno: () => 0 },
  watch: () => ({ close: () => {} }),
};

/** An entry of smaps; what is not said is that of a part that may be let go. */
function entry(
  range: string,
  { rights = "r-xp", path = NODE, dirty = "0", anonymous = "0", rss = "100" } = {},
): string {
  return [
    `${range} ${rights} 00400000 fe:00 1234                        ${path}`,
    "Size:               2048 kB",
    `Rss:                 ${rss} kB`,
    "Pss:                  50 kB",
    `Private_Dirty:         ${dirty} kB`,
    `Anonymous:             ${anonymous} kB`,
    "AnonHugePages:       999 kB",
    "VmFlags: rd ex mr mw me",
  ].join("\n");
}

test("only what is as on disk and cannot be written to is let go", () => {
  const text = [
    entry("00400000-00600000"),
    entry("00600000-00700000", { rights: "r--p", rss: "7" }),
    entry("00700000-00800000", { rights: "rw-p" }),
    entry("00800000-00900000", { rights: "r-xs" }),
    entry("00900000-00a00000", { rights: "r--p", dirty: "4" }),
    entry("00a00000-00b00000", { rights: "r--p", anonymous: "4" }),
    entry("00b00000-00c00000", { path: "" }),
    entry("00c00000-00d00000", { path: "/usr/bin/node (deleted)" }),
    entry("00d00000-00e00000", { path: "/lib/libc.so.6" }),
    entry("7ffd0000-7ffe0000", { path: "[stack]", rights: "rw-p" }),
  ].join("\n");
  expect(unchangedParts(`${text}\n`, isMeant)).toEqual([
    { address: 0x400000, sizeBytes: 0x200000, residentBytes: 100 * 1_024 },
    { address: 0x600000, sizeBytes: 0x100000, residentBytes: 7 * 1_024 },
  ]);
});

test.runIf(process.platform === "linux")(
  "a Node that is a library is meant, too, but no other library",
  async () => {
    const advised: number[] = [];
    const smaps = async (): Promise<string> =>
      [
        entry("00100000-00200000", { path: "/usr/lib/x86_64-linux-gnu/libnode.so.108" }),
        entry("00200000-00300000", { path: "/usr/lib/x86_64-linux-gnu/libnode.so.108.gz" }),
        entry("00300000-00400000", { path: "/usr/lib/x86_64-linux-gnu/libc.so.6" }),
        entry("00400000-00500000", { path: process.execPath }),
      ].join("\n");
    const advise = (address: unknown): number => {
      advised.push(Number(address));
      return 0;
    };
    const gone = await letProgramPagesGo({ ...noFfi, find: () => advise }, smaps);
    expect([gone, advised]).toEqual([200 * 1_024, [0x100000, 0x400000]]);
  },
);

test("what says less is left alone", () => {
  const whole = entry("00400000-00600000");
  for (const name of ["Rss", "Private_Dirty", "Anonymous"]) {
    const without = whole.replace(new RegExp(`^${name}:.*\n`, "m"), "");
    expect(without).not.toBe(whole);
    expect(unchangedParts(without, isMeant)).toEqual([]);
  }
  expect(unchangedParts("", isMeant)).toEqual([]);
  expect(unchangedParts("no entry at all\n", isMeant)).toEqual([]);
});

test("nothing is done without native calls, or without this one", async () => {
  vi.stubEnv("PEERNET_FFI", "off");
  expect(await letProgramPagesGo()).toBe(0);
  vi.unstubAllEnvs();
  expect(await letProgramPagesGo(noFfi)).toBe(0);
  const refused = { ...noFfi, find: () => () => -1 };
  expect(await letProgramPagesGo(refused)).toBe(0);
  const untold = (): Promise<string> => Promise.reject(new RangeError("no such file"));
  expect(await letProgramPagesGo({ ...noFfi, find: () => () => 0 }, untold)).toBe(0);
});

const ffi = process.platform === "linux" ? loadFfi() : undefined;
const isTold = ffi !== undefined && residentBytes() > 0;
if (!isTold) console.log("SKIPPED: no native calls here, or a system that tells nothing of it");

/** Of Node's own program, in this process. */
function residentBytes(): number {
  const smaps = readFileSync("/proc/self/smaps", "utf8");
  return unchangedParts(smaps, (path) => path === process.execPath)
    .map((part) => part.residentBytes)
    .reduce((sum, bytes) => sum + bytes, 0);
}

test.skipIf(!isTold)("this process holds less of Node after it, and goes on", async () => {
  const before = residentBytes();
  expect(before).toBeGreaterThan(8_000_000);
  const gone = await letProgramPagesGo(ffi);
  expect(gone).toBeGreaterThan(8_000_000);
  expect(residentBytes()).toBeLessThan(0.8 * before);
  // What is used again is as it was: regular expressions, numbers of a language, compression, another process.
  expect(/(\p{L}+)/u.exec("12 ärger")?.[1]).toBe("ärger");
  expect(new Intl.NumberFormat("de").format(1234.5)).toBe("1.234,5");
  expect(execFileSync(process.execPath, ["-p", "6 * 7"], { encoding: "utf8" })).toBe("42\n");
});
