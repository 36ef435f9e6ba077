import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../base/bytes.ts";
import { WireError } from "../wire/index.ts";
import {
  encodeDataHeader,
  encodeHello,
  encodeHint,
  encodeWelcome,
  HINT_BYTES,
  PROBE_BYTES_MIN,
  parsePacket,
} from "./packet.ts";

const peerId = `fd${"1f".repeat(15)}`;
const u32 = fc.nat(0xffff_ffff);
const u48 = fc.nat(2 ** 48 - 1);

describe("session packets", () => {
  test("data and probe packets survive writing and parsing", () => {
    fc.assert(
      fc.property(
        u32,
        u48,
        fc.boolean(),
        fc.nat(1),
        fc.uint8Array({ minLength: 16 }),
        (index, n, probe, phase, ct) => {
          const source = probe ? peerId : undefined;
          const header = encodeDataHeader(index, n, source, phase);
          const parsed = parsePacket(concatBytes(header, ct));
          expect(parsed).toEqual({
            kind: "data",
            receiverIndex: index,
            number: n,
            phase,
            source,
            header,
            ciphertext: ct,
          });
        },
      ),
    );
  });

  test("handshake packets and hints survive writing and parsing", () => {
    fc.assert(
      fc.property(u32, u48, fc.uint8Array(), (index, n, noise) => {
        const hello = { kind: "hello", noise, early: undefined };
        expect(parsePacket(encodeHello(noise))).toEqual(hello);
        const early = noise.slice(1);
        expect(parsePacket(encodeHello(noise, early))).toEqual({ ...hello, early });
        const welcome = { kind: "welcome", receiverIndex: index, noise };
        expect(parsePacket(encodeWelcome(index, noise))).toEqual(welcome);
        const hint = { kind: "hint", unknownIndex: index, number: n, from: peerId };
        expect(parsePacket(encodeHint(index, n, peerId))).toEqual(hint);
      }),
    );
  });

  test("a hint is never larger than the probe that asks for it", () => {
    expect(encodeHint(1, 2, peerId).length).toBe(HINT_BYTES);
    expect(HINT_BYTES).toBeLessThanOrEqual(PROBE_BYTES_MIN);
  });

  test("random bytes are parsed or refused with a WireError", () => {
    const packet = fc
      .tuple(
        fc.constantFrom(0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x59, 0x5b, 0x5c, 0x00),
        fc.uint8Array({ maxLength: 60 }),
      )
      .map(([type, rest]) => Uint8Array.of(type, ...rest));
    fc.assert(
      fc.property(packet, (bytes) => {
        try {
          parsePacket(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(() => parsePacket(new Uint8Array(0))).toThrow(WireError);
  });
});
