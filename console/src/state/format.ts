import { NAME_CHARS_MAX } from "../limits.ts";
import { say } from "../words/language.ts";

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** Sizes as people read them, in powers of 1000: 0 B, 999 B, 1.5 kB, 12 MB. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return "–";
  let value = bytes;
  let unit = 0;
  while (unit < UNITS.length - 1 && Math.round(value) >= 1000) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 9.95 ? 0 : 1;
  return `${decimal(value, digits)} ${UNITS[unit] ?? ""}`;
}

/** A number with the point of the language that is shown. */
function decimal(value: number, digits: number): string {
  return value.toFixed(digits).replace(".", say().money.point);
}

/** A span in its two largest units: 45 s, 3 min 5 s, 2 h 10 min, 3 d 4 h. */
export function formatSpan(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return "–";
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes < 1) return `${seconds} s`;
  if (hours < 1) return pair(minutes, "min", seconds % 60, "s");
  if (hours < 24) return pair(hours, "h", minutes % 60, "min");
  return pair(Math.floor(hours / 24), "d", hours % 24, "h");
}

function pair(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

/** Round trips: <1 ms, 4 ms, 1.2 s. */
export function formatMs(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return say().status.noAnswer;
  if (ms < 1) return "<1 ms";
  return ms < 1000 ? `${Math.round(ms)} ms` : `${decimal(ms / 1000, 1)} s`;
}

/** The time of a message: only the hour today, with the day otherwise. */
export function formatTime(atMs: number, nowMs: number, locale?: string): string {
  const at = new Date(atMs);
  if (Number.isNaN(at.getTime())) return "–";
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  if (at.toDateString() === new Date(nowMs).toDateString()) {
    return at.toLocaleTimeString(locale, time);
  }
  return at.toLocaleString(locale, { day: "numeric", month: "short", ...time });
}

/** 1 peer, 2 peers. */
export function count(number: number, one: string, many: string = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** Characters that change the direction or layout of text around them, and control codes. */
const TRICKS = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

/**
 * A foreign name on one line: no control codes, nothing that turns the reading direction
 * (a file called "gpj.exe" backwards), at most `charsMax` characters.
 */
export function cleanName(
  name: string,
  fallback: string = say().status.unnamed,
  charsMax: number = NAME_CHARS_MAX,
): string {
  const start = name
    .slice(0, charsMax * 8)
    .replace(TRICKS, "")
    .replace(/\s+/gu, " ")
    .trim();
  if (start === "") return fallback;
  const points = [...start];
  if (points.length <= charsMax) return start;
  return `${points
    .slice(0, charsMax - 1)
    .join("")
    .trimEnd()}…`;
}

/** A file name kept whole at both ends, as the ending says what it is. */
export function clipMiddle(text: string, chars: number): string {
  const points = [...text];
  if (points.length <= chars) return text;
  const tail = Math.floor((chars - 1) / 3);
  return `${points.slice(0, chars - 1 - tail).join("")}…${points.slice(-tail).join("")}`;
}

/** A file name kept whole at both ends, in so many bytes of UTF-8. */
export function clipBytes(text: string, bytesMax: number): string {
  let clipped = text;
  for (let chars = bytesMax; utf8Length(clipped) > bytesMax && chars > 3; chars -= 8) {
    clipped = clipMiddle(text, chars);
  }
  return clipped;
}

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
