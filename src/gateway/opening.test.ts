import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WireError } from "../wire/index.ts";
import { HOST_BYTES_MAX, LABEL_BYTES_MAX, OPENING_BYTES_MAX } from "./limits.ts";
import {
  decodeAnswer,
  decodeOpening,
  encodeAnswer,
  encodeOpening,
  OpeningReader,
  type RefusalCode,
  type Wanted,
} from "./opening.ts";

const port = fc.integer({ min: 1, max: 65_535 });
const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/);
const host = fc.stringMatching(/^[a-z0-9.:-]{1,253}$/);
const wanted: fc.Arbitrary<Wanted> = fc.oneof(
  port.map((number): Wanted => ({ t: "port", port: number })),
  name.map((text): Wanted => ({ t: "service", name: text })),
  fc.tuple(host, port).map(([text, number]): Wanted => ({ t: "host", host: text, port: number })),
);

/** Pushes bytes in pieces of the given sizes. */
function push(bytes: Uint8Array, sizes: readonly number[]): Wanted | undefined {
  const reader = new OpeningReader();
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    const opening = reader.push(bytes.subarray(at, at + size));
    at += size;
    if (opening !== undefined) return decodeOpening(opening.frame);
  }
  return undefined;
}

test("what is wanted comes out again, however the bytes are cut", () => {
  fc.assert(
    fc.property(
      wanted,
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (one, sizes) => {
        expect(push(encodeOpening(one), sizes)).toEqual(one);
      },
    ),
  );
});

test("garbage is refused with one typed error, or understood and encoded alike", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        const found = push(bytes, [bytes.length]);
        if (found !== undefined) expect(push(encodeOpening(found), [1])).toEqual(found);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }),
  );
});

const text = (length: number): number[] => Array<number>(length).fill(0x61);

describe("a first frame is refused:", () => {
  test.each<[string, number[]]>([
    ["empty", []],
    ["version 0", [0, 1, 0, 80]],
    ["version 2", [2, 1, 0, 80]],
    ["kind 0", [1, 0, 0, 80]],
    ["kind 4", [1, 4, 0, 80]],
    ["port 0", [1, 1, 0, 0]],
    ["half a port", [1, 1, 80]],
    ["a byte too many", [1, 1, 0, 80, 0]],
    ["a service without a name", [1, 2, 0]],
    ["a service with a long name", [1, 2, LABEL_BYTES_MAX + 1, ...text(LABEL_BYTES_MAX + 1)]],
    ["a service with a capital letter", [1, 2, 1, 0x41]],
    ["a service that begins with a hyphen", [1, 2, 2, 0x2d, 0x61]],
    ["a service that is not UTF-8", [1, 2, 2, 0xff, 0xfe]],
    ["a name that is longer than the frame", [1, 2, 9, 0x61]],
    ["a host without a name", [1, 3, 0, 0, 80]],
    ["a host above 253 bytes", [1, 3, 254, ...text(254), 0, 80]],
    ["a host with a blank", [1, 3, 3, 0x61, 0x20, 0x61, 0, 80]],
    ["a host with a line break", [1, 3, 3, 0x61, 0x0a, 0x61, 0, 80]],
    ["a host with port 0", [1, 3, 1, 0x61, 0, 0]],
    ["a full tunnel with something after it", [1, 4, 0]],
  ])("%s", (_what, bytes) => {
    expect(() => decodeOpening(Uint8Array.from(bytes))).toThrow(WireError);
  });

  test.each([0, OPENING_BYTES_MAX + 1, 65_535])("length %i, before it is collected", (length) => {
    const reader = new OpeningReader();
    expect(() => reader.push(Uint8Array.of(length >> 8, length & 0xff))).toThrow(WireError);
  });

  test("none at the limits", () => {
    const service: Wanted = { t: "service", name: "a".repeat(LABEL_BYTES_MAX) };
    const long: Wanted = { t: "host", host: "a".repeat(HOST_BYTES_MAX), port: 65_535 };
    for (const one of [service, long, { t: "full" }] as const)
      expect(push(encodeOpening(one), [7])).toEqual(one);
  });
});

test("every answer comes out again; unknown ones are refused", () => {
  const refusals: readonly (RefusalCode | null)[] = [
    ...[null, "denied", "not-listening", "no-such-service", "quota", "busy"],
    ...["unreachable", "private", "malformed", "no-full-tunnel", "metered"],
  ] as const;
  for (const refusal of refusals) expect(decodeAnswer(encodeAnswer(refusal))).toBe(refusal);
  for (const bytes of [[1, 11], [1, 255], [2, 0], [1]]) {
    expect(() => decodeAnswer(Uint8Array.from(bytes))).toThrow(WireError);
  }
});
