import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { utf8 } from "../../base/bytes.ts";
import { testRandom } from "../../testing/fixtures.ts";
import { HOPS_MAX, PAYMENT_ONION_BYTES } from "./limits.ts";
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
    expect(onion.length).toBe(PAYMENT_ONION_BYTES);
    const peeled = new OnionReader(suite, key).peel(onion);
    expect(peeled?.payload).toEqual(hops[at]?.payload);
    onion = peeled?.next ?? onion;
  }
});
