import { fromUtf8, utf8 } from "../base/bytes.ts";
import { OUTLINE_LINES_MAX } from "./limits.ts";
import { utf8Prefix } from "./sniff.ts";

/** Lines that head a part: of Markdown, and of the usual programming languages. */
const HEADING =
  /^(#{1,6} .+|(export )?(default )?(async )?(abstract )?(class|function|interface|def|fn|func|struct|impl|module|namespace|pub fn|public class)\b.+)/;
/** Characters of a line in the outline. */
const LINE_LENGTH_MAX = 160;

/** UTF-8 text that may end or begin anywhere; what is none becomes nothing. */
export function textOf(bytes: Uint8Array): string {
  return fromUtf8(utf8Prefix(bytes, bytes.length)) ?? "";
}

/**
 * The first part of a text and, behind it, the outline of the rest, in at most `room` bytes.
 * @param text the whole text
 */
export function textPreview(text: string, room: number): Uint8Array {
  const headings: string[] = [];
  for (const line of text.split("\n")) {
    if (headings.length === OUTLINE_LINES_MAX) break;
    if (line.length <= LINE_LENGTH_MAX && HEADING.test(line)) headings.push(line.trimEnd());
  }
  // The outline gets half of the room at most.
  const outline = headings.length > 1 ? cutText(`\n\n…\n\n${headings.join("\n")}\n`, room / 2) : "";
  return utf8(cutText(text, room - utf8(outline).length) + outline);
}

/** The start of a text in at most so many bytes of UTF-8, if possible up to the end of a line. */
export function cutText(text: string, room: number): string {
  if (room <= 0) return "";
  // A unit of UTF-16 takes three bytes at most, so this much is enough to look at.
  const bytes = utf8(text.slice(0, Math.ceil(room)));
  if (bytes.length <= room && text.length <= room) return text;
  const cut = textOf(utf8Prefix(bytes, Math.floor(room)));
  const line = cut.lastIndexOf("\n");
  return line > cut.length / 2 ? cut.slice(0, line + 1) : cut;
}

/** A size for people: bytes, kB, MB, GB. */
export function sizeText(sizeBytes: number): string {
  if (sizeBytes < 1_000) return `${sizeBytes} B`;
  const power = Math.min(3, Math.floor(Math.log10(sizeBytes) / 3));
  return `${(sizeBytes / 1_000 ** power).toFixed(1)} ${["B", "kB", "MB", "GB"][power]}`;
}
