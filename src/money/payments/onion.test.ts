import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { fromHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { testRandom } from "../../testing/fixtures.ts";
import { finalPayload, forwardPayload, readPayload } from "./layer.ts";
import {
  HOPS_MAX,
  LONG_ONION_BYTES,
  NEAR_HOPS_MAX,
  NEAR_ONION_BYTES,
  SHORT_HOPS_MAX,
  SHORT_ONION_BYTES,
} from "./limits.ts";
import { repeatedAt, wrapOnion } from "./onion.ts";
import { OnionReader } from "./onion-reader.ts";

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
    onion = peeled?.next(false) ?? onion;
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
  const payload = utf8("payload#00");
  const hops = Array.from({ length: HOPS_MAX + 1 }, (_, at) =>
    at === 0
      ? { dhKey: key.publicKey, payload }
      : { dhKey: suite.dhKey(random.bytes(32)).publicKey, payload },
  );
  const wrap = (count: number) => wrapOnion(suite, random, hops.slice(0, count));
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

test("an onion that was wrapped before layers said whether the key stays is still passed on", () => {
  // Three layers, wrapped by the version before: the key changes on the way.
  const old = must(
    fromHex(
      "1676179b3f0c8579cac4d7cdab58421e2af3df39beb3ea5475bdcbefcbf56f10662f91f6528868d7646edb08e5d4c38a0ce243bd44059a5cb573dae85a677674faef2e20a0b64c948b6c67a9e631647cc97514303f523d3ed8cacaa1314190ab5525c98a5a91f6d06416",
    ),
    "it is hexadecimal",
  );
  let onion = old;
  const said = [1, 2, 3].map((at) => {
    const peeled = new OnionReader(suite, suite.dhKey(new Uint8Array(32).fill(at))).peel(onion);
    const layer = must(peeled && readPayload(peeled.payload), `layer ${at} opens`);
    if (layer.t === "final") return layer.proof;
    onion = must(peeled, "it opened").next(layer.isBlinded);
    return layer.next;
  });
  expect(said).toEqual([
    new Uint8Array(6).fill(1),
    new Uint8Array(6).fill(2),
    new Uint8Array(9).fill(7),
  ]);
  const now = readPayload(forwardPayload(new Uint8Array(6)));
  expect(now).toMatchObject({ t: "forward", isBlinded: false });
  expect(readPayload(finalPayload(new Uint8Array(9)))?.t).toBe("final");
});

test("no onion is wrapped for a way with one key twice: both layers would be under one stream", () => {
  const [one, two] = [1, 2].map((at) => suite.dhKey(new Uint8Array(32).fill(at)).publicKey);
  const way = [one, two, one].map((dhKey) => ({
    dhKey: must(dhKey, "a key"),
    payload: utf8("payload#00"),
  }));
  expect(repeatedAt(way)).toBe(2);
  expect(repeatedAt(way.slice(0, 2))).toBeUndefined();
  expect(() => wrapOnion(suite, testRandom(1), way)).toThrow("one secret");
});
