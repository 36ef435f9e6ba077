import { describe, expect, test } from "vitest";
import type { ApiContext, LogLine } from "../context.ts";
import type { LogsBody } from "../contract-logs.ts";
import { LOG_FIND_CHARS_MAX, LOG_LINES_MAX } from "../limits.ts";
import { logRoutes } from "./logs.ts";

const lines: LogLine[] = [
  { number: 1, atMs: 10, level: "info", event: "started", fields: { peer: "AB12" } },
  { number: 2, atMs: 20, level: "debug", event: "link gone", fields: { reason: "closed" } },
  {
    number: 3,
    atMs: 30,
    level: "warn",
    event: "holder gave wrong bytes",
    fields: { x: undefined },
  },
  { number: 4, atMs: 40, level: "info", event: "neighbour down", fields: { peer: "ab99", n: 7 } },
];
const context = { logs: { file: "/h/log", recent: () => ({ lines, forgotten: 5 }) } };

function ask(query: string, of: object = context): LogsBody {
  const [found] = logRoutes(of as ApiContext);
  const call = { query: new URLSearchParams(query), path: {}, body: undefined } as never;
  const answer = found?.handle(call) as { readonly json: LogsBody };
  return answer.json;
}

const numbers = (query: string): readonly number[] => ask(query).lines.map(({ number }) => number);

describe("the log over the API", () => {
  test("is told from a level upwards, info where nothing is said", () => {
    expect(numbers("")).toEqual([1, 3, 4]);
    expect(numbers("level=debug")).toEqual([1, 2, 3, 4]);
    expect(numbers("level=warn")).toEqual([3]);
    expect(ask("level=warn").lines[0]?.fields).toEqual({});
    expect(ask("")).toMatchObject({ more: 0, forgotten: 5, file: "/h/log" });
  });

  test("is searched in events and fields, and followed", () => {
    expect(numbers("find=PEER=ab")).toEqual([1, 4]);
    expect(numbers("find=down%20n=7")).toEqual([4]);
    expect(numbers("find=down%20n=8")).toEqual([]);
    expect(numbers("after=3")).toEqual([4]);
    expect(ask("last=1")).toMatchObject({ more: 2, lines: [{ number: 4 }] });
    expect(ask("last=0")).toMatchObject({ more: 3, lines: [] });
  });

  test("says what is wrong with a question", () => {
    for (const bad of [
      ...["level=loud", "after=-1", "after=x", `last=${LOG_LINES_MAX + 1}`, "last=1.5"],
      `find=${"x".repeat(LOG_FIND_CHARS_MAX + 1)}`,
    ]) {
      expect(() => ask(bad)).toThrow(/is one of|is a number|has up to/);
    }
    expect(numbers(`last=${LOG_LINES_MAX}&find=${"x".repeat(LOG_FIND_CHARS_MAX)}`)).toEqual([]);
  });

  test("is empty where a process keeps none", () => {
    expect(ask("", {})).toEqual({ lines: [], more: 0, forgotten: 0, file: "" });
  });
});
