const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const NONE = 0xff;
/** The value of each ASCII character, small or capital. */
const VALUES: Uint8Array = new Uint8Array(128).fill(NONE);
for (const [value, character] of [...ALPHABET].entries()) {
  VALUES[character.charCodeAt(0)] = value;
  VALUES[character.toUpperCase().charCodeAt(0)] = value;
}

const CODES: Uint8Array = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
/** Ids, and the links of most requests. */
const ROOM_CHARACTERS_MAX = 768;
const ROOMS: (number[] | undefined)[] = new Array<undefined>(ROOM_CHARACTERS_MAX + 1).fill(
  undefined,
);

/** Bytes that become text at once: a multiple of five, and far fewer characters than a call takes arguments. */
const PIECE_BYTES = 2_560;

/** Lower-case base32 without padding (RFC 4648 section 6). */
export function toBase32(bytes: Uint8Array): string {
  if (bytes.length <= PIECE_BYTES) return pieceOf(bytes);
  let text = "";
  for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
    text += pieceOf(bytes.subarray(from, from + PIECE_BYTES));
  }
  return text;
}

/** Made of all characters at once: one after another they cost four times as much. */
function pieceOf(bytes: Uint8Array): string {
  const codes = roomFor(Math.ceil((bytes.length * 8) / 5));
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (let from = 0; from < bytes.length; from++) {
    buffer = ((buffer << 8) | (bytes[from] ?? 0)) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      codes[at++] = CODES[(buffer >> bits) & 31] ?? 0;
    }
  }
  if (bits > 0) codes[at] = CODES[(buffer << (5 - bits)) & 31] ?? 0;
  return String.fromCharCode.apply(null, codes);
}

/** Room for the characters of a text of this length: of the shorter ones each length has its own, which is used again. */
function roomFor(characters: number): number[] {
  if (characters > ROOM_CHARACTERS_MAX) return new Array<number>(characters);
  const room = ROOMS[characters] ?? new Array<number>(characters).fill(0);
  ROOMS[characters] = room;
  return room;
}

/**
 * Bytes of a base32 text (case-insensitive, no padding), or undefined where it is none or not
 * canonical. Only ASCII counts: `toLowerCase` would also take the Kelvin sign for a k.
 */
export function fromBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? NONE;
    if (value === NONE) return undefined;
    buffer = ((buffer << 5) | value) & 0xffff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (buffer >> bits) & 0xff;
    }
  }
  const padding = buffer & ((1 << bits) - 1);
  return padding === 0 && bits < 5 ? bytes : undefined;
}
