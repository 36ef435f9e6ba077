import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { utf8 } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { testRandom } from "../../testing/fixtures.ts";
import {
  HOPS_MAX,
  LONG_ONION_BYTES,
  NEAR_HOPS_MAX,
  NEAR_ONION_BYTES,
  SHORT_HOPS_MAX,
  SHORT_ONION_BYTES,
} from "./limits.ts";
import { OnionReader, wrapOnion } from "./onion.ts";

const suite = createNodeSuite();
/** A suite that makes pairs for all of it, one after another. */
const plain: CryptoSuite = {
  fastAead: suite.fastAead,
  sha256: (...parts) => suite.sha256(...parts),
  hmacSha256: (key, ...parts) => suite.hmacSha256(key, ...parts),
  signingKey: (seed) => suite.signingKey(seed),
  verify: (...signed) => suite.verify(...signed),
  dhKey: (secret) => suite.dhKey(secret),
  aead: (name, key) => suite.aead(name, key),
};

test.each(Array.from({ length: HOPS_MAX }, (_, i) => i + 1))("an onion of %i layers", (count) => {
  const random = testRandom(count);
  const keys = Array.from({ length: count }, () => suite.dhKey(random.bytes(32)));
  const hops = keys.map((key, at) => ({
    dhKey: key.publicKey,
    payload: utf8(`payload#${String(at).padStart(2, "0")}`),
  }));
  let onion = wrapOnion(suite, random, hops);
  for (const [at, key] of keys.entries()) {
    const short = count > NEAR_HOPS_MAX ? SHORT_ONION_BYTES : NEAR_ONION_BYTES;
    expect(onion.length).toBe(count > SHORT_HOPS_MAX ? LONG_ONION_BYTES : short);
    const peeled = new OnionReader(suite, key).peel(onion);
    expect(peeled?.payload).toEqual(hops[at]?.payload);
    onion = peeled?.next() ?? onion;
  }
});

test("both ways to share secrets make the same onion", () => {
  for (const count of [1, NEAR_HOPS_MAX, SHORT_HOPS_MAX, HOPS_MAX]) {
    const hops = Array.from({ length: count }, (_, at) => ({
      dhKey: suite.dhKey(testRandom(`hop ${at}`).bytes(32)).publicKey,
      payload: utf8("payload#00"),
    }));
    const [atOnce, oneByOne] = [suite, plain].map((each) =>
      wrapOnion(each, testRandom(count), hops),
    );
    expect(atOnce).toEqual(oneByOne);
  }
});

test("an onion has twelve layers at most, and is of three lengths only", () => {
  const random = testRandom(0);
  const key = suite.dhKey(random.bytes(32));
  const hop = { dhKey: key.publicKey, payload: utf8("payload#00") };
  const wrap = (count: number) => wrapOnion(suite, random, new Array(count).fill(hop));
  expect(wrap(HOPS_MAX).length).toBe(LONG_ONION_BYTES);
  expect(() => wrap(HOPS_MAX + 1)).toThrow("twelve");
  const onion = wrap(3);
  const reader = new OnionReader(suite, key);
  const lengths = [
    NEAR_ONION_BYTES - 1,
    NEAR_ONION_BYTES + 14,
    SHORT_ONION_BYTES,
    LONG_ONION_BYTES,
  ];
  for (const length of [0, 36, ...lengths]) {
    const other = new Uint8Array(length);
    other.set(onion.subarray(0, length));
    expect(reader.peel(other)).toBeUndefined();
  }
});
