import { utf8 } from "../../base/bytes.ts";
import { VCARD_LINE_BYTES, VCARD_LINES_MAX } from "./limits.ts";

/** One property of a vCard: name in upper case, value with escapes undone. */
export interface VcardProperty {
  readonly name: string;
  readonly value: string;
}

/** A property as one folded content line with its line end (RFC 6350 sections 3.2 and 3.4). */
export function vcardLine(name: string, value: string): string {
  const escaped = value
    .replaceAll("\\", "\\\\")
    .replaceAll(",", "\\,")
    .replaceAll(";", "\\;")
    .replace(/\r\n|\n|\r/g, "\\n");
  return fold(`${name}:${escaped}`);
}

/** A property whose value is a URI, which takes no escapes. */
export function vcardUri(name: string, uri: string): string {
  return fold(`${name}:${uri}`);
}

function fold(line: string): string {
  let folded = "";
  let bytes = 0;
  for (const character of line) {
    const length = utf8(character).length;
    if (bytes + length > VCARD_LINE_BYTES) {
      folded += "\r\n ";
      bytes = 1;
    }
    folded += character;
    bytes += length;
  }
  return `${folded}\r\n`;
}

/**
 * The vCards of a file, each as its properties; parameters are passed over, and so is what stands
 * outside of BEGIN and END or is no content line. Nothing in a file makes this fail.
 */
export function parseVcards(text: string): readonly (readonly VcardProperty[])[] {
  const cards: VcardProperty[][] = [];
  let open: VcardProperty[] | undefined;
  for (const line of unfolded(text)) {
    const property = propertyOf(line);
    if (property === undefined) continue;
    const isMark = property.value.trim().toUpperCase() === "VCARD";
    if (property.name === "BEGIN" && isMark) open = [];
    else if (property.name === "END" && isMark) {
      if (open !== undefined) cards.push(open);
      open = undefined;
    } else open?.push(property);
  }
  return cards;
}

function unfolded(text: string): readonly string[] {
  const plain = text.replace(/\r\n?/g, "\n").replace(/\n[ \t]/g, "");
  return plain.split("\n", VCARD_LINES_MAX);
}

/** `[group.]NAME[;parameters]:value`; a colon inside a quoted parameter is none. */
function propertyOf(line: string): VcardProperty | undefined {
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (character === '"') isQuoted = !isQuoted;
    if (character !== ":" || isQuoted) continue;
    const [head = ""] = line.slice(0, at).split(";", 1);
    const name = head.slice(head.lastIndexOf(".") + 1).toUpperCase();
    if (!/^[A-Z0-9-]+$/.test(name)) return undefined;
    return { name, value: unescaped(line.slice(at + 1)) };
  }
  return undefined;
}

function unescaped(value: string): string {
  return value.replace(/\\([\\,;nN])/g, (_, character: string) =>
    character.toLowerCase() === "n" ? "\n" : character,
  );
}
