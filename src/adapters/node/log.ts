import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Log, LogFields } from "../../ports/index.ts";
import { LOG_FILE_BYTES_MAX, LOG_LINE_BYTES_MAX } from "./limits.ts";

/** How much is told: a level includes those after it. */
export type LogLevel = "debug" | "info" | "warn" | "silent";

/** How a log is made. */
export interface LogOptions {
  readonly level: LogLevel;
  /** File to write to; without it lines go to stderr. */
  readonly file?: string;
  /** Size at which the file is put aside as `<file>.1`, in bytes. */
  readonly fileBytesMax?: number;
}

/** A `Log` that may hold a file open. */
export interface NodeLog extends Log {
  close(): void;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, silent: 3 };

function printable(value: string | number | boolean): string {
  const text = String(value);
  // Quoted, a value can neither begin a new line nor pass for another field.
  return /^[\w.:/@%[\]+-]+$/.test(text) ? text : JSON.stringify(text);
}

/** One line of the log, without its end. */
export function formatLogLine(
  wallMs: number,
  level: LogLevel,
  event: string,
  fields: LogFields = {},
): string {
  let line = `${new Date(wallMs).toISOString()} ${level} ${event}`;
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) line += ` ${name}=${printable(value)}`;
  }
  return line.length > LOG_LINE_BYTES_MAX ? `${line.slice(0, LOG_LINE_BYTES_MAX - 1)}…` : line;
}

/** A file of bounded size: full, it becomes `<file>.1` and a new one begins. */
class RotatingFile {
  readonly #path: string;
  readonly #bytesMax: number;
  #fd = -1;
  #bytes = 0;

  constructor(path: string, bytesMax: number) {
    this.#path = path;
    this.#bytesMax = bytesMax;
  }

  write(line: string): void {
    try {
      if (this.#fd < 0) this.#open();
      if (this.#bytes > 0 && this.#bytes + line.length > this.#bytesMax) this.#rotate();
      this.#bytes += writeSync(this.#fd, line);
    } catch {
      // A full disk must not stop the peer; the next line tries again.
      this.close();
    }
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #open(): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    this.#fd = openSync(this.#path, "a", 0o600);
    this.#bytes = fstatSync(this.#fd).size;
  }

  #rotate(): void {
    this.close();
    renameSync(this.#path, `${this.#path}.1`);
    this.#open();
  }
}

/** A log to stderr, or to a file that never grows beyond twice its limit. */
export function createNodeLog(options: LogOptions): NodeLog {
  const least = RANK[options.level];
  const file =
    options.file === undefined
      ? undefined
      : new RotatingFile(options.file, options.fileBytesMax ?? LOG_FILE_BYTES_MAX);
  const tell = (level: LogLevel, event: string, fields?: LogFields): void => {
    if (RANK[level] < least) return;
    const line = `${formatLogLine(Date.now(), level, event, fields)}\n`;
    if (file === undefined) process.stderr.write(line);
    else file.write(line);
  };
  return {
    debug: (event, fields) => tell("debug", event, fields),
    info: (event, fields) => tell("info", event, fields),
    warn: (event, fields) => tell("warn", event, fields),
    close: () => file?.close(),
  };
}
