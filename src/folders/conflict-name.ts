import { utf8 } from "../base/bytes.ts";
import { NAME_BYTES_MAX, WRITER_CHARS_MAX } from "./limits.ts";
import type { PathNode } from "./node.ts";
import { isName } from "./path.ts";
import { type Version, versionName } from "./version.ts";

/** A version of a file under a name of its own, since others were written at the same time. */
export interface Alias {
  readonly name: string;
  readonly version: Version;
}

/** What stands in every alias, so that other names need no second look. */
export const ALIAS_MARK = "'s version, ";

/**
 * The names of all versions at a path that the path's own name does not show: all but the newest
 * file, or all files where a folder has the name.
 * @param writerOf what the owner of a log is called
 */
export function aliasesOf(node: PathNode, writerOf: (log: string) => string): readonly Alias[] {
  const { files, isFolder } = node;
  const hidden = isFolder ? files : files.slice(1);
  const taken = new Set<string>();
  return hidden.map((version) => {
    const words = `${writerOf(version.id.log)}${ALIAS_MARK}${timeText(version.writtenAtMs)}`;
    let name = aliasName(node.name, words, version);
    for (let count = 2; taken.has(name) || isTaken(node, name); count++) {
      name = aliasName(node.name, `${words} ${count}`, version);
    }
    taken.add(name);
    return { name, version };
  });
}

function isTaken(node: PathNode, name: string): boolean {
  return node.parent?.find(name)?.isThere === true;
}

/** `report.odt` becomes `report (anna's version, 2026-11-26 12.04).odt`. */
function aliasName(name: string, words: string, version: Version): string {
  const dot = name.lastIndexOf(".");
  const border = dot > 0 ? dot : name.length;
  const ending = ` (${words})${name.slice(border)}`;
  const whole = name.slice(0, border) + ending;
  if (utf8(whole).length <= NAME_BYTES_MAX) return whole;
  // Too long: the beginning is cut, and the version's own name keeps it apart from others.
  const tail = ` (${words} ${versionName(version.id)})`;
  let stem = [...name.slice(0, border)];
  while (utf8(stem.join("") + tail).length > NAME_BYTES_MAX) stem = stem.slice(0, -1);
  return stem.join("") + tail;
}

/** A person's name as part of a file name. */
export function fitWriter(name: string): string {
  const clean = [...name.normalize("NFC")].filter((each) => isName(each) || each === ".");
  return clean.slice(0, WRITER_CHARS_MAX).join("").trim() || "somebody";
}

/** Day and minute in universal time, without characters that some systems refuse in names. */
export function timeText(wallMs: number): string {
  const minutes = Math.floor(wallMs / 60_000);
  const [hour, minute] = [Math.floor(minutes / 60) % 24, minutes % 60];
  return `${dayText(Math.floor(minutes / 1_440))} ${two(hour)}.${two(minute)}`;
}

/** The civil date of a day since 1970-01-01 (Hinnant, "chrono-compatible low-level date algorithms"). */
function dayText(day: number): string {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  const dayOfYear = dayOfEra - (365 * yearOfEra + leapDays);
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(dayOfMonth)}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
