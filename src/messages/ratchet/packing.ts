import { concatBytes, fromUtf8, utf8 } from "../../base/bytes.ts";
import { RatchetError } from "./errors.ts";
import { PACKED_TEXT_BYTES_MAX } from "./limits.ts";
import { TextModel } from "./text-model.ts";

/** First byte: what follows is the text in UTF-8. */
const PLAIN = 0;
/** First byte: what follows is coded with the model and primer of number 1. */
const MODEL_1 = 1;

let shared: TextModel | undefined;

/** The model takes a while to read its primer, and is then the same for all messages. */
function model(): TextModel {
  shared ??= new TextModel();
  return shared;
}

/** A text in as few bytes as we can: see `RatchetDoor.packText`. */
export function packText(text: string): Uint8Array {
  const bytes = utf8(text);
  const packed =
    bytes.length > PACKED_TEXT_BYTES_MAX || bytes.includes(0) ? undefined : encode(bytes);
  if (packed === undefined || packed.length >= bytes.length) {
    return plainText(text);
  }
  return concatBytes(Uint8Array.of(MODEL_1), packed);
}

/** A text as it is, in a form that `unpackText` reads: where packing would take too long. */
export function plainText(text: string): Uint8Array {
  return concatBytes(Uint8Array.of(PLAIN), utf8(text));
}

/** @throws RatchetError("malformed" | "too-large") */
export function unpackText(packed: Uint8Array, maxBytes: number): string {
  const form = packed[0];
  const rest = packed.subarray(1);
  if (form !== PLAIN && form !== MODEL_1)
    throw unreadable("it is packed in a way that is not known");
  if (form === PLAIN && rest.length > maxBytes) throw tooLarge();
  const bytes = form === PLAIN ? rest : decode(rest, Math.min(maxBytes, PACKED_TEXT_BYTES_MAX));
  const text = fromUtf8(bytes);
  if (text === undefined) throw unreadable("it is no UTF-8");
  return text;
}

function unreadable(why: string): RatchetError {
  return new RatchetError("malformed", `A text cannot be read: ${why}.`);
}

function tooLarge(): RatchetError {
  return new RatchetError("too-large", "A text is longer than it may be.");
}

/**
 * Arithmetic coding with 32 bits (as in lpaq): `low` … `high` are what may still follow. A zero
 * byte ends the text. The reader takes zero bytes for what is missing, so none end the code.
 */
function encode(text: Uint8Array): Uint8Array {
  const bits = model();
  const code: number[] = [];
  let low = 0;
  let high = 0xffff_ffff;
  try {
    for (let at = 0; at <= text.length; at++) {
      const byte = text[at] ?? 0;
      for (let bit = 7; bit >= 0; bit--) {
        const middle = split(low, high, bits.foretell());
        const isOne = (byte >> bit) & 1;
        if (isOne === 1) high = middle;
        else low = middle + 1;
        bits.learn(isOne);
        for (; (low ^ high) >>> 24 === 0; high = ((high << 8) | 0xff) >>> 0) {
          code.push(high >>> 24);
          low = (low << 8) >>> 0;
        }
      }
    }
  } finally {
    bits.reset();
  }
  endCode(code, low, high);
  return Uint8Array.from(code);
}

/** The shortest bytes that, followed by zeros, lie between both. */
function endCode(code: number[], low: number, high: number): void {
  for (let zeros = 32; zeros >= 0; zeros -= 8) {
    const unit = 2 ** zeros;
    const value = Math.ceil(low / unit) * unit;
    if (value > high) continue;
    for (let shift = 24; shift >= zeros; shift -= 8) code.push((value >>> shift) & 0xff);
    break;
  }
  while (code.at(-1) === 0) code.pop();
}

function decode(code: Uint8Array, maxBytes: number): Uint8Array {
  const bits = model();
  const text = new Uint8Array(maxBytes);
  let at = 0;
  const next = () => code[at++] ?? 0;
  let low = 0;
  let high = 0xffff_ffff;
  let value = ((next() << 24) | (next() << 16) | (next() << 8) | next()) >>> 0;
  try {
    for (let length = 0; length <= maxBytes; length++) {
      let byte = 1;
      while (byte < 0x100) {
        const middle = split(low, high, bits.foretell());
        const isOne = value <= middle ? 1 : 0;
        if (isOne === 1) high = middle;
        else low = middle + 1;
        bits.learn(isOne);
        byte = byte * 2 + isOne;
        for (; (low ^ high) >>> 24 === 0; high = ((high << 8) | 0xff) >>> 0) {
          low = (low << 8) >>> 0;
          value = ((value << 8) | next()) >>> 0;
        }
      }
      if (byte === 0x100) return text.subarray(0, length);
      if (length < maxBytes) text[length] = byte & 0xff;
    }
  } finally {
    bits.reset();
  }
  throw tooLarge();
}

/** Where the part of a one ends that has `chance` / 4,096 of what may follow. */
function split(low: number, high: number, chance: number): number {
  const range = high - low;
  return low + Math.floor(range / 4096) * chance + Math.floor(((range % 4096) * chance) / 4096);
}
