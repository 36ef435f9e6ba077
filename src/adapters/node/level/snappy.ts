/** Most bytes that a block of a table may unpack to. */
const UNPACKED_BYTES_MAX: number = 64 << 20;

/** Reads the base-128 numbers of LevelDB and Snappy; what does not fit leaves `isBroken` behind. */
export class VarintReader {
  readonly bytes: Uint8Array;
  at: number;
  isBroken = false;

  constructor(bytes: Uint8Array, at: number = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Up to 2^53 - 1. */
  next(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 53; factor *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    this.isBroken = true;
    return 0;
  }
}

/** How long a literal or copy is, and from how far back it is taken (0: it follows). */
function elementAt(reader: VarintReader): { readonly length: number; readonly back: number } {
  const { bytes } = reader;
  const tag = bytes[reader.at++] ?? 0;
  const little = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++) value += (bytes[reader.at++] ?? 0) * 256 ** i;
    return value;
  };
  switch (tag & 3) {
    case 0: {
      const code = tag >> 2;
      return { length: 1 + (code < 60 ? code : little(code - 59)), back: 0 };
    }
    case 1:
      return { length: 4 + ((tag >> 2) & 7), back: ((tag >> 5) << 8) | little(1) };
    case 2:
      return { length: 1 + (tag >> 2), back: little(2) };
    default:
      return { length: 1 + (tag >> 2), back: little(4) };
  }
}

/**
 * Unpacks Snappy (format_description.txt of its sources), as LevelDB packs the blocks of its tables.
 * @returns undefined where the bytes are no Snappy
 */
export function unpackSnappy(packed: Uint8Array): Uint8Array | undefined {
  const reader = new VarintReader(packed);
  const length = reader.next();
  if (reader.isBroken || length > UNPACKED_BYTES_MAX) return undefined;
  const out = new Uint8Array(length);
  let at = 0;
  while (reader.at < packed.length) {
    const element = elementAt(reader);
    const end = at + element.length;
    if (end > length) return undefined;
    if (element.back === 0) {
      if (reader.at + element.length > packed.length) return undefined;
      out.set(packed.subarray(reader.at, reader.at + element.length), at);
      reader.at += element.length;
      at = end;
      continue;
    }
    if (element.back > at) return undefined;
    // Byte by byte: what is copied may overlap with what it is copied to.
    for (; at < end; at++) out[at] = out[at - element.back] ?? 0;
  }
  return at === length ? out : undefined;
}
