import type { Log, LogFields } from "../../ports/index.ts";
import { LOG_LINE_BYTES_MAX, LOG_RECENT_LINES_MAX } from "./limits.ts";
import type { NodeLog } from "./log.ts";

/** A line of the log that is kept in memory. */
export interface RecentLine {
  /** Counts up from 1 with each line, of whatever level. */
  readonly number: number;
  /** Wall time in milliseconds. */
  readonly atMs: number;
  readonly level: "debug" | "info" | "warn";
  readonly event: string;
  readonly fields: LogFields;
}

/** What is kept in memory. */
export interface RecentLines {
  /** Oldest first. */
  readonly lines: readonly RecentLine[];
  /** Older lines that have made room. */
  readonly forgotten: number;
}

/** Lines of one level, the newest ones. */
class Ring {
  readonly #lines: RecentLine[] = [];
  #count = 0;

  push(line: RecentLine): void {
    this.#lines[this.#count % LOG_RECENT_LINES_MAX] = line;
    this.#count += 1;
  }

  get lines(): readonly RecentLine[] {
    return this.#lines;
  }

  get forgotten(): number {
    return this.#count - this.#lines.length;
  }
}

/**
 * A log that keeps the newest lines of each level in memory beside passing them on: what is chatty cannot push out
 * warnings, and a log file of level info does not keep debug lines from being looked at.
 */
export class RecentLog implements NodeLog {
  readonly #next: NodeLog;
  readonly #nowMs: () => number;
  readonly #rings = { debug: new Ring(), info: new Ring(), warn: new Ring() };
  #number = 0;

  /** @param nowMs wall time in milliseconds */
  constructor(next: NodeLog, nowMs: () => number) {
    this.#next = next;
    this.#nowMs = nowMs;
  }

  debug(event: string, fields?: LogFields): void {
    this.#keep("debug", event, fields);
    this.#next.debug(event, fields);
  }

  info(event: string, fields?: LogFields): void {
    this.#keep("info", event, fields);
    this.#next.info(event, fields);
  }

  warn(event: string, fields?: LogFields): void {
    this.#keep("warn", event, fields);
    this.#next.warn(event, fields);
  }

  close(): void {
    this.#next.close();
  }

  /** The newest lines of all levels. */
  recent(): RecentLines {
    const rings = Object.values(this.#rings);
    return {
      lines: rings.flatMap((ring) => ring.lines).sort((one, other) => one.number - other.number),
      forgotten: rings.reduce((sum, ring) => sum + ring.forgotten, 0),
    };
  }

  #keep(level: keyof Log, event: string, fields: LogFields = {}): void {
    this.#number += 1;
    const line = { number: this.#number, atMs: this.#nowMs(), level, event };
    this.#rings[level].push({ ...line, fields: clipped(fields) });
  }
}

/** Fields that are there, of no more letters together than a line of the log may have. */
function clipped(fields: LogFields): LogFields {
  let room = LOG_LINE_BYTES_MAX;
  const kept: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || room <= name.length) continue;
    room -= name.length;
    kept[name] = typeof value === "string" && value.length > room ? value.slice(0, room) : value;
    room -= Math.min(room, String(value).length);
  }
  return kept;
}
