import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../base/bytes.ts";
import { limits, WireError } from "../wire/index.ts";
import { CONTROL_BYTES_MAX, METRIC_MAX, REQUEST_HOP_LIMIT } from "./limits.ts";
import {
  decodeControl,
  ENTRY_COMPACT,
  ENTRY_FULL,
  ENTRY_REPEAT,
  ENTRY_RETRACT,
  ENTRY_SEQNO_REQUEST,
  type Entry,
  encodeControl,
  entryBytes,
  type Update,
} from "./messages.ts";

const origin = fc.uint8Array({ minLength: 15, maxLength: 15 }).map((rest) => `fd${toHex(rest)}`);
const seqno = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const about = {
  ...{ origin, seqno, metric: fc.nat(METRIC_MAX), hops: fc.nat(limits.HOP_LIMIT) },
  ...{ viaYou: fc.boolean(), spare: fc.boolean() },
};
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({
    type: fc.constant(ENTRY_FULL),
    ...about,
    record: fc.uint8Array({ maxLength: limits.PEER_RECORD_BYTES_MAX }),
  }),
  fc.record({
    type: fc.constant(ENTRY_COMPACT),
    ...about,
    record: fc.constant(new Uint8Array(0)),
  }),
  fc.record({ type: fc.constant(ENTRY_RETRACT), origin }),
  fc.record({
    ...{ type: fc.constant(ENTRY_SEQNO_REQUEST), origin, seqno },
    hopLimit: fc.nat(REQUEST_HOP_LIMIT),
    requestId: fc.nat(2 ** 31),
  }),
  fc.record({ type: fc.constant(ENTRY_REPEAT), origin: fc.option(origin, { nil: undefined }) }),
);

const FD = `fd${"11".repeat(15)}`;
const update: Update = {
  ...{ type: ENTRY_COMPACT, origin: FD, seqno: 0x010203040506, metric: 300, hops: 7 },
  ...{ viaYou: true, spare: false, record: new Uint8Array(0) },
};

describe("control messages", () => {
  test("come back as they were written, and have the size foretold", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
        const bytes = encodeControl(...entries);
        expect(decodeControl(bytes)).toEqual(entries);
        expect(bytes.length).toBe(1 + entries.reduce((sum, one) => sum + entryBytes(one), 0));
      }),
      { seed: 1 },
    );
  });

  test("are laid out as docs/protocol/routing.md says", () => {
    const id = FD;
    expect(toHex(encodeControl(update))).toBe(`01${"02"}01${id}010203040506412c07`);
    const record = new Uint8Array([9, 9]);
    expect(toHex(encodeControl({ ...update, type: ENTRY_FULL, viaYou: false, record }))).toBe(
      `01${"01"}00${id}010203040506412c0700020909`,
    );
    expect(toHex(encodeControl({ type: ENTRY_RETRACT, origin: FD }))).toBe(`0103${id}`);
    expect(
      toHex(
        encodeControl({
          ...{ type: ENTRY_SEQNO_REQUEST, origin: FD, seqno: 5, hopLimit: 64, requestId: 1 },
        }),
      ),
    ).toBe(`0104${id}0000000000054000000001`);
    expect(toHex(encodeControl({ type: ENTRY_REPEAT, origin: undefined }))).toBe(
      `0105${"00".repeat(16)}`,
    );
  });

  test.each([
    ["an unknown version", "02", "version"],
    ["an unknown entry", "0109", "malformed"],
    ["an id that does not begin with fd", `0103fc${"11".repeat(15)}`, "out-of-range"],
    ["unknown flags", `010204${FD}000000000001${"01"}01`, "out-of-range"],
    ["a metric in a longer form", `010200${FD}000000000001${"4001"}01`, "not-canonical"],
    ["an entry cut short", `010200${FD}0000`, "truncated"],
    ["nothing at all", "", "truncated"],
  ])("%s is refused", (_, hex, code) => {
    const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
    expect(() => decodeControl(bytes)).toThrow(expect.objectContaining({ code }));
  });

  test("limits hold at their value and not above", () => {
    const accepts = (one: Entry): boolean => {
      try {
        return decodeControl(encodeControl(one)).length === 1;
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
        return false;
      }
    };
    expect(accepts({ ...update, metric: METRIC_MAX })).toBe(true);
    expect(accepts({ ...update, metric: METRIC_MAX + 1 })).toBe(false);
    expect(accepts({ ...update, hops: limits.HOP_LIMIT })).toBe(true);
    expect(accepts({ ...update, hops: limits.HOP_LIMIT + 1 })).toBe(false);
    const full = (length: number): Entry => ({
      ...update,
      type: ENTRY_FULL,
      record: new Uint8Array(length),
    });
    expect(accepts(full(limits.PEER_RECORD_BYTES_MAX))).toBe(true);
    expect(accepts(full(limits.PEER_RECORD_BYTES_MAX + 1))).toBe(false);
    const request = { type: ENTRY_SEQNO_REQUEST, origin: FD, seqno: 1, requestId: 1 } as const;
    expect(accepts({ ...request, hopLimit: REQUEST_HOP_LIMIT })).toBe(true);
    expect(accepts({ ...request, hopLimit: REQUEST_HOP_LIMIT + 1 })).toBe(false);
    // 17 bytes each and one for the version.
    const many = Array<Entry>(963).fill({ type: ENTRY_RETRACT, origin: FD });
    expect(decodeControl(encodeControl(...many))).toHaveLength(963);
    expect(1 + 964 * 17).toBeGreaterThan(CONTROL_BYTES_MAX);
    expect(() => decodeControl(new Uint8Array(CONTROL_BYTES_MAX + 1))).toThrow("too large");
  });

  test("anything else is a WireError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, versioned) => {
        if (versioned && bytes.length > 0) bytes[0] = 1;
        try {
          decodeControl(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 2_000, seed: 2 },
    );
  });
});
