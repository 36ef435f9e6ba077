import fc from "fast-check";
import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { testIdentity } from "../testing/fixtures.ts";
import { WireError } from "../wire/index.ts";
import { decodeBeacon, encodeBeacon, verifyBeacon } from "./beacon.ts";
import { decodeHello, encodeHello, signLinkKey, verifyHello } from "./hello.ts";
import { BEACON_BYTES, HELLO_BYTES } from "./layout.ts";

const suite = createNodeSuite();
const identity = testIdentity(suite, "a");
const hello = {
  signKey: identity.signKey.publicKey,
  signature: signLinkKey(identity),
  run: new Uint8Array(8).fill(1),
  channel: new Uint8Array(8).fill(2),
  features: 0x01020304,
  packetBytesMax: 65_535,
};

test("a hello is read as written and proves exactly one Noise key", () => {
  const bytes = encodeHello(hello);
  expect(bytes).toHaveLength(HELLO_BYTES);
  const read = decodeHello(bytes);
  expect(read).toEqual({ ...hello });
  expect(verifyHello(suite, read, identity.dhKey.publicKey)).toBe(true);
  expect(verifyHello(suite, read, testIdentity(suite, "b").dhKey.publicKey)).toBe(false);
});

test("a beacon is read as written, and every changed bit is noticed", () => {
  const frame = encodeBeacon(identity.signKey, hello.run);
  expect(frame).toHaveLength(BEACON_BYTES);
  const beacon = decodeBeacon(frame);
  expect([beacon.signKey, beacon.run]).toEqual([hello.signKey, hello.run]);
  expect(verifyBeacon(suite, beacon)).toBe(true);
  for (let at = 2; at < frame.length; at += 3) {
    const mutant = frame.slice();
    mutant[at] = (mutant[at] ?? 0) ^ 4;
    expect(verifyBeacon(suite, decodeBeacon(mutant))).toBe(false);
  }
});

test("foreign bytes are read or refused with a WireError", () => {
  const lengths = fc.constantFrom(0, 1, 50, HELLO_BYTES, BEACON_BYTES, BEACON_BYTES + 1);
  fc.assert(
    fc.property(lengths, fc.infiniteStream(fc.nat(255)), fc.boolean(), (length, stream, begin) => {
      const bytes = Uint8Array.from(stream.take(length));
      if (begin && length > 1) bytes.set([1, 1]);
      for (const decode of [decodeHello, decodeBeacon]) {
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }
    }),
    { seed: 10 },
  );
});
