import type { LogsBody } from "../../src/api/contract-logs.ts";
import { type Route, route } from "../../src/api/route.ts";
import { chosenLines } from "../../src/api/routes/logs.ts";
import { HOSTILE } from "./fake-data.ts";
import { NOW_MS } from "./fake-time.ts";

/** What the fake peer wrote to its log. */
export interface FakeLog {
  lines: LogsBody["lines"];
}

/** A log in which others had a say. */
export function fakeLog(): FakeLog {
  const line = (number: number, level: "debug" | "info" | "warn", event: string, peer: string) => ({
    ...{ number, level, event, atMs: NOW_MS + number * 1_000, fields: { peer, code: "stale" } },
  });
  return {
    lines: [
      line(1, "info", "started", "fd12"),
      line(2, "debug", "link gone", HOSTILE.image),
      line(3, "warn", "money stream refused", HOSTILE.bidi),
      line(4, "info", "neighbour down", HOSTILE.script),
    ],
  };
}

/** The calls about the log, and about everything as a file, of a fake peer. */
export function recordRoutes(log: FakeLog): readonly Route[] {
  return [
    route({
      ...{ method: "GET", path: "/v1/logs", summary: "Log", answers: "LogsBody" },
      handle: ({ query }) => {
        const level = query.get("level") === "debug" ? "debug" : "info";
        const words = (query.get("find") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
        const found = chosenLines(log.lines, { level, words, after: 0, last: 200 });
        const json: LogsBody = { ...found, forgotten: 7, file: "/srv/lena/peernet.log" };
        return { status: 200, json };
      },
    }),
  ];
}
