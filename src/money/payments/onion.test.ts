import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { utf8 } from "../../base/bytes.ts";
import { testRandom } from "../../testing/fixtures.ts";
import { HOPS_MAX, LONG_ONION_BYTES, SHORT_HOPS_MAX, SHORT_ONION_BYTES } from "./limits.ts";
import { OnionReader, wrapOnion } from "./onion.ts";

const suite = createNodeSuite();

test.each(Array.from({ length: HOPS_MAX }, (_, i) => i + 1))("an onion of %i layers", (count) => {
  const random = testRandom(count);
  const keys = Array.from({ length: count }, () => suite.dhKey(random.bytes(32)));
  const hops = keys.map((key, at) => ({
    dhKey: key.publicKey,
    payload: utf8(`payload#${String(at).padStart(2, "0")}`),
  }));
  let onion = wrapOnion(suite, random, hops);
  for (const [at, key] of keys.entries()) {
    expect(onion.length).toBe(count > SHORT_HOPS_MAX ? LONG_ONION_BYTES : SHORT_ONION_BYTES);
    const peeled = new OnionReader(suite, key).peel(onion);
    expect(peeled?.payload).toEqual(hops[at]?.payload);
    onion = peeled?.next ?? onion;
  }
});

test("an onion has twelve layers at most, and is of two lengths only", () => {
  const random = testRandom(0);
  const key = suite.dhKey(random.bytes(32));
  const hop = { dhKey: key.publicKey, payload: utf8("payload#00") };
  const wrap = (count: number) => wrapOnion(suite, random, new Array(count).fill(hop));
  expect(wrap(HOPS_MAX).length).toBe(LONG_ONION_BYTES);
  expect(() => wrap(HOPS_MAX + 1)).toThrow("twelve");
  const onion = wrap(3);
  const reader = new OnionReader(suite, key);
  for (const length of [0, 36, SHORT_ONION_BYTES - 1, SHORT_ONION_BYTES + 14, LONG_ONION_BYTES]) {
    const other = new Uint8Array(length);
    other.set(onion.subarray(0, length));
    expect(reader.peel(other)).toBeUndefined();
  }
});
