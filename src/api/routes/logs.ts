import type { ApiContext, LogLine } from "../context.ts";
import {
  LOG_LEVELS,
  type LogLevelName,
  type LogLineBody,
  type LogsBody,
} from "../contract-logs.ts";
import { ApiError } from "../errors.ts";
import { LOG_FIND_CHARS_MAX, LOG_LINES_MAX, LOG_LINES_USUAL } from "../limits.ts";
import { type Route, route } from "../route.ts";

/** What of the log somebody wants to see. */
interface LogWish {
  readonly level: LogLevelName;
  /** Small letters; every word of it stands somewhere in the line. */
  readonly words: readonly string[];
  readonly after: number;
  readonly last: number;
}

function numberIn(query: URLSearchParams, name: string, usual: number, max: number): number {
  const text = query.get(name);
  if (text === null) return usual;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= max) return value;
  throw new ApiError("bad-request", `${name} is a number of 0 to ${max}.`);
}

function wishIn(query: URLSearchParams): LogWish {
  const wanted = query.get("level") ?? "info";
  const level = LOG_LEVELS.find((one) => one === wanted);
  if (level === undefined) {
    throw new ApiError("bad-request", `level is one of ${LOG_LEVELS.join(", ")}.`);
  }
  const find = query.get("find") ?? "";
  if (find.length > LOG_FIND_CHARS_MAX) {
    throw new ApiError("bad-request", `find has up to ${LOG_FIND_CHARS_MAX} letters.`);
  }
  return {
    level,
    words: find.toLowerCase().split(/\s+/).filter(Boolean),
    after: numberIn(query, "after", 0, Number.MAX_SAFE_INTEGER),
    last: numberIn(query, "last", LOG_LINES_USUAL, LOG_LINES_MAX),
  };
}

/** What of these lines is wished for. */
export function chosenLines(
  lines: readonly LogLine[],
  wish: LogWish,
): Pick<LogsBody, "lines" | "more"> {
  const least = LOG_LEVELS.indexOf(wish.level);
  const found = lines.filter(
    (line) =>
      line.number > wish.after && LOG_LEVELS.indexOf(line.level) >= least && has(line, wish.words),
  );
  const shown = wish.last === 0 ? [] : found.slice(-wish.last);
  return { lines: shown.map(bodyOf), more: found.length - shown.length };
}

function has({ level, event, fields }: LogLine, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  const text = [level, event, ...pairs].join(" ").toLowerCase();
  return words.every((one) => text.includes(one));
}

function bodyOf({ fields, ...line }: LogLine): LogLineBody {
  const known: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) known[name] = value;
  return { ...line, fields: known };
}

/** The route about the log. */
export function logRoutes(context: ApiContext): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/v1/logs",
      summary: "What this peer wrote to its log lately, oldest first; kept in memory, bounded",
      query: {
        level: "debug, info or warn: this level and those above it; info without it",
        find: "only lines in which all these words stand, capital or small",
        after: "only lines of a greater number, for following the log",
        last: `only so many of the newest, up to ${LOG_LINES_MAX}; ${LOG_LINES_USUAL} without it`,
      },
      answers: "LogsBody",
      handle: ({ query }) => {
        const wish = wishIn(query);
        const { lines, forgotten } = context.logs?.recent() ?? { lines: [], forgotten: 0 };
        const file = context.logs?.file ?? "";
        const json: LogsBody = { ...chosenLines(lines, wish), forgotten, file };
        return { status: 200, json };
      },
    }),
  ];
}
