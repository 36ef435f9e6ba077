import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createNodeClock } from "./clock.ts";
import { LOG_LINE_BYTES_MAX } from "./limits.ts";
import { createNodeLog, formatLogLine } from "./log.ts";
import { createNodeRandom } from "./random.ts";

describe("log", () => {
  test("a value can neither begin a line nor pass for a field", () => {
    const line = formatLogLine(0, "info", "hello", { name: "x\ny=1 z", n: 1, none: undefined });
    expect(line).toBe('1970-01-01T00:00:00.000Z info hello name="x\\ny=1 z" n=1');
    const long = formatLogLine(0, "info", "x", { v: "y".repeat(LOG_LINE_BYTES_MAX) });
    expect(long.length).toBe(LOG_LINE_BYTES_MAX);
  });

  test("keeps to its level and, with one older copy, to its size", async () => {
    const directory = await mkdtemp(join(tmpdir(), "peernet-log-"));
    const file = join(directory, "sub", "peernet.log");
    const log = createNodeLog({ level: "info", file, fileBytesMax: 500 });
    log.debug("not this");
    for (let i = 0; i < 100; i++) log.info("line", { i });
    log.close();
    expect((await stat(file)).size).toBeLessThanOrEqual(500);
    expect((await stat(`${file}.1`)).size).toBeLessThanOrEqual(500);
    const text = await readFile(file, "utf8");
    expect(text).toContain("i=99");
    expect(text).not.toContain("not this");
    await rm(directory, { recursive: true });
  });

  test("that cannot be written stops nobody", () => {
    const log = createNodeLog({ level: "warn", file: "/dev/null/nowhere/peernet.log" });
    log.warn("still here");
    log.close();
  });
});

describe("random and clock", () => {
  test("draws have the asked length and do not repeat", () => {
    const random = createNodeRandom();
    const seen = new Set<string>();
    for (let length = 16; length <= 2_000; length += 31) {
      const bytes = random.fork("x").bytes(length);
      expect(bytes.length).toBe(length);
      seen.add(Buffer.from(bytes.subarray(0, 16)).toString("hex"));
    }
    expect(seen.size).toBe(Math.ceil((2_001 - 16) / 31));
    expect(random.bytes(0).length).toBe(0);
    expect(random.u32()).toBeLessThan(2 ** 32);
  });

  test("the clock never goes back", () => {
    const clock = createNodeClock();
    const before = clock.monotonicMs();
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before);
    expect(clock.wallMs()).toBeGreaterThan(1.7e12);
  });
});
