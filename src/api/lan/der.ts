import { concatBytes, utf8 } from "../../base/bytes.ts";

/** Tags of ASN.1's DER (X.690) that a certificate is made of. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One element: tag, length, content (X.690 section 8.1). */
export function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  return concatBytes(Uint8Array.of(tag), lengthOf(content.length), content);
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

/** An unsigned integer from its bytes, the most significant first. */
export function integer(bytes: Uint8Array): Uint8Array {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const value = bytes.subarray(from);
  // A first bit of one would make it negative.
  const sign = (value[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array();
  return element(TAG.integer, sign, value);
}

/** An object identifier such as `1.2.840.10045.4.3.2`. */
export function oid(text: string): Uint8Array {
  const [first = 0, second = 0, ...others] = text.split(".").map(Number);
  const bytes = [first * 40 + second, ...others].flatMap((arc) => {
    const groups = [arc % 128];
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) {
      groups.unshift(0x80 | (rest % 128));
    }
    return groups;
  });
  return element(TAG.oid, Uint8Array.from(bytes));
}

/** A string of whole bytes as bits. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return element(TAG.bitString, Uint8Array.of(unusedBits), bytes);
}

/** A moment to the second, in years before 2050 (RFC 5280 section 4.1.2.5.1). */
export function utcTime(wallMs: number): Uint8Array {
  const digits = new Date(wallMs).toISOString().replace(/\D/g, "");
  return element(TAG.utcTime, utf8(`${digits.slice(2, 14)}Z`));
}
