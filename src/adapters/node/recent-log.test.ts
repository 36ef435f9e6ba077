import { describe, expect, test } from "vitest";
import { LOG_LINE_BYTES_MAX, LOG_RECENT_LINES_MAX } from "./limits.ts";
import type { NodeLog } from "./log.ts";
import { RecentLog } from "./recent-log.ts";

function logTo(passed: string[]): NodeLog {
  const tell = (event: string): void => {
    passed.push(event);
  };
  return { debug: tell, info: tell, warn: tell, close: () => passed.push("closed") };
}

describe("the newest lines of the log", () => {
  test("are kept in the order in which they came, and passed on", () => {
    const passed: string[] = [];
    let nowMs = 1_000;
    const log = new RecentLog(logTo(passed), () => nowMs++);
    log.info("one", { peer: "p", none: undefined });
    log.debug("two");
    log.warn("three", { n: 3, is: true });
    log.close();
    expect(passed).toEqual(["one", "two", "three", "closed"]);
    expect(log.recent()).toEqual({
      forgotten: 0,
      lines: [
        { number: 1, atMs: 1_000, level: "info", event: "one", fields: { peer: "p" } },
        { number: 2, atMs: 1_001, level: "debug", event: "two", fields: {} },
        { number: 3, atMs: 1_002, level: "warn", event: "three", fields: { n: 3, is: true } },
      ],
    });
  });

  test("are so many of each level, whatever the other levels say", () => {
    const log = new RecentLog(logTo([]), () => 0);
    log.warn("stays");
    for (let i = 0; i < LOG_RECENT_LINES_MAX; i++) log.debug("chatter", { i });
    expect(log.recent().lines).toHaveLength(LOG_RECENT_LINES_MAX + 1);
    expect(log.recent().forgotten).toBe(0);
    log.debug("chatter", { i: "last" });
    const { lines, forgotten } = log.recent();
    expect(forgotten).toBe(1);
    expect(lines).toHaveLength(LOG_RECENT_LINES_MAX + 1);
    expect(lines[0]?.event).toBe("stays");
    expect(lines[1]?.fields).toEqual({ i: 1 });
    expect(lines.at(-1)?.fields).toEqual({ i: "last" });
  });

  test("hold no more letters than a line may have", () => {
    const log = new RecentLog(logTo([]), () => 0);
    log.info("long", { a: "x".repeat(LOG_LINE_BYTES_MAX - 1), b: "y".repeat(9), c: 1 });
    expect(log.recent().lines[0]?.fields).toEqual({ a: "x".repeat(LOG_LINE_BYTES_MAX - 1) });
    log.info("longer", { a: "x".repeat(LOG_LINE_BYTES_MAX) });
    expect(log.recent().lines[1]?.fields).toEqual({ a: "x".repeat(LOG_LINE_BYTES_MAX - 1) });
  });
});
