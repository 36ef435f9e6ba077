import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../base/bytes.ts";
import { CHAIN_BYTES } from "../identity/limits.ts";
import { limits, WireError } from "../wire/index.ts";
import {
  CONTROL_BYTES_MAX,
  HANDLE_MAX,
  METRIC_MAX,
  REQUEST_HOP_LIMIT,
  RESUME_BUCKETS,
} from "./limits.ts";
import {
  decodeControl,
  ENTRY,
  type Entry,
  encodeControl,
  entryBytesMax,
  REF,
  type Update,
} from "./messages.ts";

const idBytes = fc
  .uint8Array({ minLength: 15, maxLength: 15 })
  .map((rest) => Uint8Array.of(0xfd, ...rest));
const origin = idBytes.map(toHex);
const seqno = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const handle = fc.nat(HANDLE_MAX);
const link = fc.option(fc.uint8Array({ minLength: CHAIN_BYTES, maxLength: CHAIN_BYTES }), {
  nil: undefined,
});
const mine = { ref: fc.constant(REF.mine), handle, generation: fc.constant(0) };
const yours = { ref: fc.constant(REF.yours), handle, generation: fc.nat(255) };
const introduced = { ref: fc.constant(REF.introduce), handle, generation: fc.nat(255) };
const about = {
  ...{ kind: fc.constant(ENTRY.update), metric: fc.nat(METRIC_MAX) },
  ...{ hops: fc.nat(limits.HOP_LIMIT), viaYou: fc.boolean(), spare: fc.boolean() },
};
const nothing = fc.constant(undefined);
const record = fc.uint8Array({ maxLength: limits.PEER_RECORD_BYTES_MAX });
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ ...about, ...introduced, origin: idBytes, seqno, link }),
  fc.record({ ...about, ...mine, origin: nothing, seqno, link }),
  fc.record({ ...about, ...mine, origin: nothing, seqno: nothing, link: nothing }),
  fc.record({ ...about, ...yours, origin: nothing, seqno, link }),
  fc.record({ kind: fc.constantFrom(ENTRY.retract, ENTRY.pull), ...mine }),
  fc.record({ kind: fc.constantFrom(ENTRY.retract, ENTRY.pull), ...yours }),
  fc.record({ kind: fc.constant(ENTRY.record), ...mine, record }),
  fc.record({ kind: fc.constant(ENTRY.record), ...yours, record }),
  fc.record({
    ...{ kind: fc.constant(ENTRY.request), origin, seqno },
    hopLimit: fc.nat(REQUEST_HOP_LIMIT),
    requestId: fc.nat(2 ** 31),
  }),
  fc.record({ kind: fc.constant(ENTRY.repeat), handle: fc.option(handle, { nil: undefined }) }),
  fc.record({
    ...{ kind: fc.constant(ENTRY.horizon), metric: fc.nat(METRIC_MAX), lottery: seqno },
  }),
  fc.record({ kind: fc.constant(ENTRY.query), origin }),
  fc.record({
    kind: fc.constant(ENTRY.resume),
    digests: fc.array(fc.nat(2 ** 32 - 1), {
      minLength: RESUME_BUCKETS,
      maxLength: RESUME_BUCKETS,
    }),
  }),
  fc.record({ kind: fc.constant(ENTRY.resumed), buckets: fc.nat(0xffff) }),
);

const ID = `fd${"11".repeat(15)}`;
const ID_BYTES = Uint8Array.of(0xfd, ...Array<number>(15).fill(0x11));
const LINK = new Uint8Array(CHAIN_BYTES).fill(0xab);
const intro: Update = {
  ...{ kind: ENTRY.update, ref: REF.introduce, handle: 3, generation: 9, origin: ID_BYTES },
  ...{ seqno: 5, link: LINK, metric: 300, hops: 7, viaYou: true, spare: false },
};
const news: Update = {
  ...intro,
  ...{ ref: REF.mine, generation: 0, origin: undefined, seqno: undefined, link: undefined },
};

describe("control messages", () => {
  test("come back as they were written, and are no longer than foretold", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
        const bytes = encodeControl(...entries);
        expect(decodeControl(bytes)).toEqual(entries);
        const most = entries.reduce((sum, one) => sum + entryBytesMax(one), 1);
        expect(bytes.length).toBeLessThanOrEqual(most);
      }),
      { seed: 1 },
    );
  });

  test("have the layout that neighbours of this version rely on", () => {
    const hex = (one: Entry): string => toHex(encodeControl(one));
    // Version 3; kind 0 with reference and flags; handle, generation, id; 2 * 5 + 1 and the link.
    expect(hex(intro)).toBe(`03${"14"}03${"09"}${ID}0b${"ab".repeat(12)}412c07`);
    expect(hex({ ...intro, link: undefined })).toBe(`03${"14"}0309${ID}0a412c07`);
    expect(hex(news)).toBe(`03${"05"}03412c07`);
    expect(hex({ ...news, viaYou: false, spare: true })).toBe(`03${"09"}03412c07`);
    const yours = { ref: REF.yours, handle: 64, generation: 2 } as const;
    expect(hex({ kind: ENTRY.retract, ...yours })).toBe(`03${"22"}404002`);
    expect(hex({ kind: ENTRY.pull, ...yours })).toBe(`03${"42"}404002`);
    const bytes = Uint8Array.of(9, 9);
    expect(hex({ kind: ENTRY.record, ...yours, record: bytes })).toBe("036240400200020909");
    const asked = { origin: ID, seqno: 5, hopLimit: 64, requestId: 1 };
    expect(hex({ kind: ENTRY.request, ...asked })).toBe(`0380${ID}0000000000054000000001`);
    expect(hex({ kind: ENTRY.repeat, handle: undefined })).toBe("03a1");
    expect(hex({ kind: ENTRY.repeat, handle: 3 })).toBe("03a003");
    expect(hex({ kind: ENTRY.horizon, metric: 300, lottery: 7 })).toBe("03c0412c000000000007");
    expect(hex({ kind: ENTRY.query, origin: ID })).toBe(`03e0${ID}`);
    const digests = Array.from({ length: RESUME_BUCKETS }, () => 0xabcd);
    expect(hex({ kind: ENTRY.resume, digests })).toBe(`03a2${"0000abcd".repeat(16)}`);
    expect(hex({ kind: ENTRY.resumed, buckets: 0x8001 })).toBe("03a48001");
  });

  test("a changed distance takes 5 bytes, a new number 18, a first telling 23, or 35 with a link", () => {
    expect(encodeControl(news).length - 1).toBe(5);
    expect(encodeControl({ ...news, seqno: 5, link: LINK }).length - 1).toBe(18);
    expect(encodeControl({ ...intro, link: undefined }).length - 1).toBe(23);
    expect(encodeControl(intro).length - 1).toBe(35);
  });

  test.each([
    ["an unknown version", "01", "version"],
    ["an update that names its origin in no known way", `0303${ID}`, "out-of-range"],
    ["a retraction that introduces", `032003${"09"}`, "out-of-range"],
    ["a pull that introduces", `034003${"09"}`, "out-of-range"],
    ["an id that does not begin with fd", `03e0fc${"11".repeat(15)}`, "out-of-range"],
    ["an introduction without a number", `030003${"09"}${ID}0101`, "malformed"],
    ["another's handle without a number", "03020309012c07", "malformed"],
    ["flags on a request", `0381${ID}0000000000054000000001`, "out-of-range"],
    ["flags on a query", `03e1${ID}`, "out-of-range"],
    ["flags on a horizon", "03c1412c000000000007", "out-of-range"],
    ["flags on a repeat", "03a303", "out-of-range"],
    ["digests cut short", `03a2${"00".repeat(63)}`, "truncated"],
    ["a metric in a longer form", "030503400107", "not-canonical"],
    ["a handle in a longer form", "030540030107", "not-canonical"],
    ["a sequence number above 48 bits", "031503c20000000000000001 07", "out-of-range"],
    ["an entry cut short", `031403${"09"}${ID}`, "truncated"],
    ["a record cut short", "0361030009aabb", "truncated"],
    ["nothing at all", "", "truncated"],
  ])("%s is refused", (_, hex, code) => {
    const pairs = hex.replaceAll(" ", "").match(/../g) ?? [];
    const bytes = Uint8Array.from(pairs, (byte) => Number.parseInt(byte, 16));
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
    const holds = (make: (value: number) => Entry, max: number): void => {
      expect([accepts(make(max)), accepts(make(max + 1))]).toEqual([true, false]);
    };
    holds((metric) => ({ ...intro, metric }), METRIC_MAX);
    holds((metric) => ({ kind: ENTRY.horizon, metric, lottery: 0 }), METRIC_MAX);
    holds((hops) => ({ ...intro, hops }), limits.HOP_LIMIT);
    holds((at) => ({ ...news, handle: at }), HANDLE_MAX);
    holds((at) => ({ kind: ENTRY.repeat, handle: at }), HANDLE_MAX);
    const given = { kind: ENTRY.record, ref: REF.mine, handle: 1, generation: 0 } as const;
    holds((n) => ({ ...given, record: new Uint8Array(n) }), limits.PEER_RECORD_BYTES_MAX);
    const request = { kind: ENTRY.request, origin: ID, seqno: 1, requestId: 1 } as const;
    holds((hopLimit) => ({ ...request, hopLimit }), REQUEST_HOP_LIMIT);
    // 2 bytes each and one for the version.
    const count = Math.floor((CONTROL_BYTES_MAX - 1) / 2);
    const retract = { kind: ENTRY.retract, ref: REF.mine, handle: 1, generation: 0 } as const;
    expect(decodeControl(encodeControl(...Array<Entry>(count).fill(retract)))).toHaveLength(count);
    expect(() => decodeControl(new Uint8Array(CONTROL_BYTES_MAX + 1))).toThrow("too large");
  });

  test("anything else is a WireError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, versioned) => {
        if (versioned && bytes.length > 0) bytes[0] = 2;
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
