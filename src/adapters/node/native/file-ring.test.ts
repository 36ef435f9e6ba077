import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { FILE_OPEN_SLOW_TIMES, FILE_RING_FILES } from "../limits.ts";
import { type Ffi, loadFfi } from "./ffi.ts";
import { FileRing, type RingRead } from "./file-ring.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "peernet-file-ring-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ffi = loadFfi();
const probe = FileRing.open();

function readAll(ring: FileRing, memory: Uint8Array, reads: readonly RingRead[]) {
  ring.startReads(memory, reads);
  return ring.finishReads();
}

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** The real one, whose system calls answer something else. */
function faked(syscall: (...values: readonly unknown[]) => number | undefined, errno = 0): Ffi {
  const real = ffi as Ffi;
  return {
    find(name, ...rest) {
      const found = real.find(name, ...rest);
      return name === "syscall" ? (...values) => syscall(...values) ?? found(...values) : found;
    },
    addressOf: (of) => real.addressOf(of),
    viewOf: (address, sizeBytes) => real.viewOf(address, sizeBytes),
    errno: () => (errno === 0 ? real.errno() : errno),
    watch: (descriptor, onReadable) => real.watch(descriptor, onReadable),
  };
}

describe.skipIf(probe === undefined)("a ring of files", () => {
  const ring = probe as FileRing;

  test.each([
    ["near", ring],
    // The first times they are opened one by one: whether that takes long is not known yet.
    ["far", FileRing.open(ffi, -1) as FileRing],
  ])("opens, reads and closes as many as it may, many times over, from a %s disk", (_, ring) => {
    const files = Array.from({ length: FILE_RING_FILES }, (_, i) => join(folder, `ä${i}`));
    for (const [i, file] of files.entries()) writeFileSync(file, Buffer.alloc(100 + i, i));
    const before = openDescriptors();
    for (let round = 0; round < FILE_OPEN_SLOW_TIMES + 2; round++) {
      const descriptors = ring.openAll(files.slice(round));
      expect(descriptors.every((descriptor) => descriptor > 0)).toBe(true);
      expect(openDescriptors()).toBe(before + files.length - round);
      const memory = new Uint8Array(files.length * 200);
      const reads = descriptors.map((descriptor, i) => ({ descriptor, at: i * 200, length: 200 }));
      const lengths = readAll(ring, memory, reads);
      expect(lengths).toEqual(descriptors.map((_, i) => 100 + round + i));
      for (const [i, length] of lengths.entries()) {
        const at = i * 200;
        const isIts = (byte: number): boolean => byte === i + round;
        expect(memory.subarray(at, at + length).every(isIts)).toBe(true);
        expect(memory.subarray(at + length, at + 200).every((byte) => byte === 0)).toBe(true);
      }
      ring.closeAll(descriptors);
      expect(openDescriptors()).toBe(before);
    }
  });

  test("says which cannot be opened or read, and goes on with the others", () => {
    const file = join(folder, "there");
    writeFileSync(file, "there");
    const wrong = [join(folder, "nothing"), "", `${file}\0`, `/${"a".repeat(5_000)}`];
    const [there = -1, ...missing] = ring.openAll([file, ...wrong]);
    expect(missing).toEqual([-2, -2, -2, -2]);
    const [directory = -1] = ring.openAll([folder]);
    const memory = new Uint8Array(200);
    const read = (descriptor: number, at: number) => ({ descriptor, at, length: 100 });
    expect(readAll(ring, memory, [read(directory, 0), read(there, 100)])).toEqual([-21, 5]);
    expect(Buffer.from(memory.subarray(100, 105)).toString()).toBe("there");
    ring.closeAll([directory, there]);
    expect(readAll(ring, memory, [read(there, 0)])).toEqual([-9]);
  });

  test("takes no more files than it has places, and writes into its memory alone", () => {
    const files = Array.from({ length: FILE_RING_FILES + 1 }, () => "nothing");
    expect(() => ring.openAll(files)).toThrow(RangeError);
    expect(ring.openAll(files.slice(1))).toHaveLength(FILE_RING_FILES);
    const beyond = { descriptor: 0, at: 1, length: 64 };
    const within = { descriptor: 0, at: 0, length: 64 };
    expect(() => readAll(ring, new Uint8Array(64), [within, beyond])).toThrow(RangeError);
    expect(readAll(ring, new Uint8Array(64), [])).toEqual([]);
  });

  test("asks again after a signal, and gives up where the system refuses", () => {
    let answers: (number | undefined)[] = [undefined];
    const interrupted = FileRing.open(faked(() => answers.shift(), 4)) as FileRing;
    const read = [{ descriptor: 1_000_000, at: 0, length: 64 }];
    answers = [-1, -1, undefined, -1];
    expect(readAll(interrupted, new Uint8Array(64), read)).toEqual([-9]);
    answers = [];
    const refused = FileRing.open(faked(() => answers.shift(), 22)) as FileRing;
    answers = [-1];
    expect(() => refused.startReads(new Uint8Array(64), read)).toThrow(/io_uring_enter: 22/);
  });
});

test("there is none without native calls, or where the system does not allow it", () => {
  vi.stubEnv("PEERNET_FFI", "off");
  expect(FileRing.open()).toBeUndefined();
  vi.unstubAllEnvs();
  if (ffi !== undefined) expect(FileRing.open(faked(() => -1, 1))).toBeUndefined();
});
