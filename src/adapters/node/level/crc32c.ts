const POLYNOMIAL = 0x82f63b78;
/** Four tables: the checksum of a byte that stands 0 … 3 bytes before the end of a word. */
const TABLES: readonly Uint32Array[] = makeTables();
const [T0, T1, T2, T3] = TABLES as readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array];

function makeTables(): readonly Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    return value;
  });
  const tables = [first];
  for (let table = 1; table < 4; table++) {
    const before = tables[table - 1] ?? first;
    tables.push(before.map((value) => (value >>> 8) ^ (first[value & 0xff] ?? 0)));
  }
  return tables;
}

/**
 * CRC-32C (Castagnoli; RFC 3720 appendix B.4), which Node has no function for.
 * @param start where the checked bytes begin, and `end` where they end
 */
export function crc32c(bytes: Uint8Array, start: number = 0, end: number = bytes.length): number {
  let crc = 0xffffffff;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    crc ^=
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24);
    crc =
      (T3[crc & 0xff] ?? 0) ^
      (T2[(crc >>> 8) & 0xff] ?? 0) ^
      (T1[(crc >>> 16) & 0xff] ?? 0) ^
      (T0[crc >>> 24] ?? 0);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (T0[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return ~crc >>> 0;
}

/** The checksum as LevelDB writes it: turned and shifted, since checksums of checksums are weak. */
export function maskedCrc32c(bytes: Uint8Array, start: number, end: number): number {
  const crc = crc32c(bytes, start, end);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
