const HEX = "0123456789abcdef";
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A zero-length view, shared. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** Longer texts are left to the encoder of the platform, which takes long to call. */
const SHORT_TEXT = 64;

/** UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  const { length } = text;
  if (length > SHORT_TEXT) return encoder.encode(text);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) return encoder.encode(text);
    bytes[at] = code;
  }
  return bytes;
}

/** The text of UTF-8 bytes, or undefined where they are not valid UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Bytes that are written in one piece. */
const HEX_PIECE = 32;
const HEX_CODES: Uint8Array = Uint8Array.from(HEX, (digit) => digit.charCodeAt(0));
/** Room for the digits of each length up to a piece: ids have few lengths and are many. */
const HEX_ROOMS: number[][] = Array.from({ length: HEX_PIECE + 1 }, (_, length) =>
  Array<number>(2 * length).fill(0),
);

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return toHexOf(bytes, 0, bytes.length);
}

/** Lower-case hexadecimal of the bytes from `from` up to `end`, without a view of them. */
export function toHexOf(bytes: Uint8Array, from: number, end: number): string {
  if (end - from <= HEX_PIECE) return hexPiece(bytes, from, end);
  let text = "";
  for (let at = from; at < end; at += HEX_PIECE) {
    text += hexPiece(bytes, at, Math.min(end, at + HEX_PIECE));
  }
  return text;
}

/** In one call: joined digit by digit, a text is a tree that is flattened when it is looked up. */
function hexPiece(bytes: Uint8Array, from: number, end: number): string {
  const codes = HEX_ROOMS[end - from] ?? [];
  let place = 0;
  for (let at = from; at < end; at++) {
    const byte = bytes[at] ?? 0;
    codes[place++] = HEX_CODES[byte >> 4] ?? 0;
    codes[place++] = HEX_CODES[byte & 15] ?? 0;
  }
  return String.fromCharCode.apply(null, codes);
}

const NAME_ROOMS: number[][] = Array.from({ length: 33 }, (_, length) =>
  Array<number>(length).fill(0),
);

/** A character for each of a few bytes: half as long as in hexadecimal, as a key of maps that nobody reads. */
export function byteName(bytes: Uint8Array): string {
  const codes = NAME_ROOMS[bytes.length] ?? [];
  for (let at = 0; at < bytes.length; at++) codes[at] = bytes[at] ?? 0;
  return String.fromCharCode.apply(null, codes);
}

/** What each character stands for as a lower-case digit; 16 for those that are none. */
const HEX_VALUES: Uint8Array = new Uint8Array(128).fill(16);
for (let value = 0; value < 16; value++) HEX_VALUES[HEX_CODES[value] ?? 0] = value;

/** Bytes of a lower-case hexadecimal text, or undefined where it is none. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = HEX_VALUES[text.charCodeAt(2 * i)] ?? 16;
    const low = HEX_VALUES[text.charCodeAt(2 * i + 1)] ?? 16;
    if (high === 16 || low === 16) return undefined;
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}

/** One new array holding all parts in order. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Copies bytes into parts one after another, as far as they go; what is left over of the parts becomes zero. */
export function spreadBytes(bytes: Uint8Array, parts: readonly Uint8Array[]): void {
  let at = 0;
  for (const part of parts) {
    const some = bytes.subarray(at, at + part.length);
    part.set(some);
    part.fill(0, some.length);
    at += part.length;
  }
}

/** The bytes from `from` up to `end` of parts that are taken for one array, as views. */
export function cutParts(parts: readonly Uint8Array[], from: number, end: number): Uint8Array[] {
  const cut: Uint8Array[] = [];
  let begin = 0;
  for (const part of parts) {
    if (begin < end && begin + part.length > from) {
      cut.push(part.subarray(Math.max(0, from - begin), end - begin));
    }
    begin += part.length;
  }
  return cut;
}

/** Whether both hold the same bytes. Not constant-time: never for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether so many bytes from `atA` on are those of the other array from `atB` on; no views of either are made. */
export function equalAt(
  a: Uint8Array,
  atA: number,
  b: Uint8Array,
  atB: number,
  length: number,
): boolean {
  for (let i = 0; i < length; i++) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}

/**
 * The same for what others guess, such as checksums under a key: looks at all bytes, whatever the first ones are, so that the time
 * it takes says nothing of how many were right.
 */
export function equalSecretAt(
  a: Uint8Array,
  atA: number,
  b: Uint8Array,
  atB: number,
  length: number,
): boolean {
  let differing = a.length - atA < length || b.length - atB < length ? 1 : 0;
  for (let i = 0; i < length; i++) differing |= (a[atA + i] ?? 0) ^ (b[atB + i] ?? 0);
  return differing === 0;
}

/** Lexicographic order: negative, zero or positive as for Array.sort. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
