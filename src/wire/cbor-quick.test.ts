import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeSlowly } from "./cbor.ts";
import { type CborValue, encodeCbor } from "./cbor-encode.ts";
import { decodeQuickly } from "./cbor-quick.ts";
import { CBOR_DEPTH_MAX, CBOR_ITEMS_MAX } from "./limits.ts";

fc.configureGlobal({ seed: 1 });

const text = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), fc.constant("__proto__"));
const { value: anyValue } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    ...[fc.constant(null), fc.boolean(), fc.maxSafeInteger(), fc.nat(300), text],
    ...[fc.uint8Array({ maxLength: 80 }), fc.array(tie("value"), { maxLength: 30 })],
    fc.dictionary(text, tie("value"), { maxKeys: 30 }),
  ),
}));

/** What is read slowly, or undefined where that is refused. */
function slowly(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: decodeSlowly(bytes) };
  } catch {
    return undefined;
  }
}

/** Whatever is read quickly is read slowly, too, and is the same. */
function expectAgreement(bytes: Uint8Array): void {
  const quick = decodeQuickly(bytes);
  if (quick !== undefined) expect(quick).toEqual(slowly(bytes));
}

test("what is written is read quickly, and as it is read slowly", () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const bytes = encodeCbor(value);
      const isUsual = !JSON.stringify(value).includes("__proto__");
      if (isUsual) expect(decodeQuickly(bytes)).toEqual({ value });
      expectAgreement(bytes);
    }),
    { numRuns: 500 },
  );
});

test("a document that was altered, cut or made longer is read as slowly or not at all", () => {
  const change = fc.tuple(fc.nat(), fc.nat(255));
  fc.assert(
    fc.property(anyValue, fc.array(change, { maxLength: 3 }), fc.nat(2), (value, changes, cut) => {
      const bytes = Uint8Array.of(...encodeCbor(value), ...(cut === 2 ? [0] : []));
      for (const [place, byte] of changes) bytes[place % bytes.length] = byte;
      expectAgreement(bytes.subarray(0, bytes.length - (cut === 1 ? 1 : 0)));
    }),
    { numRuns: 3_000 },
  );
});

test("random bytes are read as slowly or not at all", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 12 }), expectAgreement), { numRuns: 20_000 });
});

test.each([
  ...["1800", "1817", "190018", "1a0000ffff", "1b00000000ffffffff", "1b0020000000000000"],
  ...["3b001fffffffffffff", "9f", "f7", "fb0000000000000000", "c000", "61ff", "a1616100a0", "81"],
  ...["a2616100616100", "a2616200616100", "a262616100616200", "a10000", "0000", "5f", "1c", ""],
])("%s is not read quickly", (hex) => {
  expect(decodeQuickly(new Uint8Array(Buffer.from(hex, "hex")))).toBeUndefined();
});

test("depth and items: read at the limit, left to others one above", () => {
  const nested = (depth: number): Uint8Array =>
    Uint8Array.of(...Array<number>(depth - 1).fill(0x81), 0x80);
  expect(decodeQuickly(nested(CBOR_DEPTH_MAX))).toBeDefined();
  expect(decodeQuickly(nested(CBOR_DEPTH_MAX + 1))).toBeUndefined();
  const many = (items: number): Uint8Array => encodeCbor(Array<number>(items - 1).fill(0));
  expect(decodeQuickly(many(CBOR_ITEMS_MAX))).toBeDefined();
  expect(decodeQuickly(many(CBOR_ITEMS_MAX + 1))).toBeUndefined();
});

test("byte strings are plain copies, also behind Node's Buffer", () => {
  const bytes = Buffer.from(encodeCbor(Uint8Array.of(1, 2, 3)));
  const read = decodeQuickly(bytes)?.value;
  bytes.fill(9);
  expect(read).toEqual(Uint8Array.of(1, 2, 3));
  expect(Object.getPrototypeOf(read)).toBe(Uint8Array.prototype);
});
