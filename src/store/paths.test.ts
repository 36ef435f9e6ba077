import { describe, expect, test } from "vitest";
import { makeStoreNet } from "../../test/support/store-net.ts";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes, equalBytes, fromHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { WireError } from "../wire/index.ts";
import { Attack } from "./attack.fixture.ts";
import { EXTENSION_PATHS, extensionsId } from "./extensions.ts";
import { get, pattern, put, STRIPE } from "./jobs.fixture.ts";
import { PROOF_HASHES_MAX, STRIPES_MAX } from "./limits.ts";
import { locateIdOf, rootOf } from "./link.ts";
import { HASH_BYTES } from "./merkle.ts";
import { decodeMessage, encodeMessage, type StoreMessage } from "./messages.ts";
import type { TestNet, TestPeer } from "./net.fixture.ts";

const suite = createNodeSuite();
const SMALL = { stripeBytes: STRIPE };
const STRIPES = 60;
/** In stripes 20 and 21. */
const RANGE = { from: 20 * STRIPE + 100, to: 21 * STRIPE + 100 };

/** The message in a write, where it is one. */
function messageOf(bytes: Uint8Array): StoreMessage | undefined {
  return bytes.length > 4 ? decodeMessage(bytes.subarray(4)) : undefined;
}

/** Counts the kinds of messages that a peer sends. */
function listen(peer: TestPeer): Map<string, number> {
  const sent = new Map<string, number>();
  peer.session.tamper = (bytes) => {
    // A shard follows its prefix in a write of its own, so what a reader sends is listened to only.
    const t = messageOf(bytes)?.t;
    if (t !== undefined) sent.set(t, (sent.get(t) ?? 0) + 1);
    return bytes;
  };
  return sent;
}

interface Stage {
  readonly net: TestNet;
  readonly holders: readonly TestPeer[];
  readonly reader: TestPeer;
  readonly link: string;
  readonly data: Uint8Array;
}

/** An object of many stripes with four holders, and somebody else who reads it. */
function stage(stripes = STRIPES): Stage {
  const net = makeStoreNet();
  const holders = net.addMany(4, SMALL);
  const data = pattern(stripes * STRIPE);
  const link = put(net, must(holders[0], "a peer"), data);
  net.settle();
  return { net, holders, reader: net.add(SMALL), link, data };
}

function expectRange({ net, reader, link, data }: Stage): void {
  const got = get(net, reader, link, 120_000, { range: RANGE });
  expect(got.error).toBeUndefined();
  expect(equalBytes(got.bytes, data.subarray(RANGE.from, RANGE.to))).toBe(true);
}

/** Changes every answer of a holder that proves leaf hashes. */
function lieAboutPaths(
  liar: TestPeer,
  lie: (proof: Uint8Array, answer: Extract<StoreMessage, { t: "pathsAre" }>) => Uint8Array,
): void {
  const PATHS_ARE = 16;
  liar.session.tamper = (bytes) => {
    if (bytes.length < 5 || bytes[4] !== PATHS_ARE) return bytes;
    const answer = messageOf(bytes);
    if (answer?.t !== "pathsAre") return bytes;
    return encodeMessage({ ...answer, proof: lie(answer.proof.slice(), answer) });
  };
}

describe("who reads a part of a large object", () => {
  test("takes paths for it, and no leaf list", () => {
    const on = stage();
    const sent = listen(on.reader);
    expectRange(on);
    expect(sent.get("paths")).toBeGreaterThanOrEqual(20);
    expect(sent.has("leaves")).toBe(false);
  });

  test("asks for the first stripe alone, until half of it is here", () => {
    const on = stage();
    const asked: number[] = [];
    on.reader.session.tamper = (bytes) => {
      const message = messageOf(bytes);
      if (message?.t === "shard") asked.push(message.stripe);
      return bytes;
    };
    get(on.net, on.reader, on.link, 120_000, { range: { from: 20 * STRIPE, to: 26 * STRIPE } });
    expect(asked.slice(0, 20)).toEqual(new Array(20).fill(20));
    expect(new Set(asked)).toEqual(new Set([20, 21, 22, 23, 24, 25]));
    asked.length = 0;
    get(on.net, on.reader, on.link);
    expect(new Set(asked.slice(0, 50)).size).toBeGreaterThan(1);
    expect(Math.min(...asked.slice(0, 50))).toBe(0);
  });

  test("takes leaf lists for all of it, and where paths are hardly shorter", () => {
    const on = stage();
    const sent = listen(on.reader);
    expect(equalBytes(get(on.net, on.reader, on.link).bytes, on.data)).toBe(true);
    expect(sent.has("paths")).toBe(false);
    expect(sent.get("leaves")).toBeGreaterThanOrEqual(20);
    const few = stage(22);
    const alsoSent = listen(few.reader);
    get(few.net, few.reader, few.link, 120_000, { range: { from: 0, to: 21 * STRIPE } });
    expect(alsoSent.has("paths")).toBe(false);
  });

  test("takes leaf lists from holders of an older version, and says nothing that they do not know", () => {
    const on = stage();
    const FOUND = 2;
    for (const holder of on.holders) {
      holder.session.tamper = (bytes) => {
        const isExtensions = bytes[4] === FOUND && bytes.length === 7 && bytes[6] === 0;
        return isExtensions ? encodeMessage({ t: "found", indices: [] }) : bytes;
      };
    }
    const sent = listen(on.reader);
    expectRange(on);
    expect(sent.has("paths")).toBe(false);
    expect(sent.get("leaves")).toBeGreaterThanOrEqual(20);
  });
});

describe("a holder that lies about paths is left, and the range comes from others", () => {
  /** Of 40 fragments the other three holders have about 30, and any 20 are enough. */
  function expectLeft(
    lie: (proof: Uint8Array, answer: Extract<StoreMessage, { t: "pathsAre" }>) => Uint8Array,
  ): void {
    const on = stage();
    lieAboutPaths(must(on.holders[1], "a holder"), lie);
    expectRange(on);
    expect(on.reader.store.counters().badShards).toBe(1);
  }

  test("wrong siblings", () => {
    expectLeft((proof) => {
      proof[proof.length - 1] = (proof.at(-1) ?? 0) ^ 1;
      return proof;
    });
  });

  test("wrong leaf hashes", () => {
    expectLeft((proof) => {
      proof[0] = (proof[0] ?? 0) ^ 1;
      return proof;
    });
  });

  test("truncated", () => expectLeft((proof) => proof.subarray(0, -HASH_BYTES)));

  test("cut in the middle of a hash, and nothing at all", () => {
    expectLeft((proof) => proof.subarray(0, -1));
    expectLeft(() => new Uint8Array(0));
  });

  test("too many siblings", () => {
    expectLeft((proof) => concatBytes(proof, proof.subarray(-HASH_BYTES)));
  });

  test("swapped siblings", () => {
    expectLeft((proof) => {
      const end = proof.length;
      const [a, b] = [proof.slice(-2 * HASH_BYTES, -HASH_BYTES), proof.slice(-HASH_BYTES)];
      proof.set(b, end - 2 * HASH_BYTES);
      proof.set(a, end - HASH_BYTES);
      return proof;
    });
  });

  test("replayed from another fragment", () => {
    const seen: Uint8Array[] = [];
    expectLeft((proof) => {
      seen.push(proof);
      return must(seen[0], "a proof");
    });
  });

  test("replayed from another run", () => {
    const on = stage();
    const old: Uint8Array[] = [];
    const liar = must(on.holders[1], "a holder");
    lieAboutPaths(liar, (proof) => {
      old.push(proof);
      return proof;
    });
    const earlier = { from: 40 * STRIPE, to: 40 * STRIPE + STRIPE + 5 };
    get(on.net, on.reader, on.link, 120_000, { range: earlier });
    expect(old.length).toBeGreaterThan(0);
    lieAboutPaths(liar, () => must(old[0], "an old proof"));
    expectRange(on);
    expect(on.reader.store.counters().badShards).toBe(1);
  });
});

describe("who is asked for paths", () => {
  function ask(first: number, count: number): StoreMessage | undefined {
    const on = stage();
    const holder = must(on.holders[2], "a holder");
    const root = rootOf(on.link);
    const attack = new Attack(on.reader, holder).hello();
    attack.say({ t: "find", locateId: locateIdOf(suite, must(fromHex(root), "a root")) });
    on.net.settle(1_000);
    const found = attack.received[0];
    const index = must(found?.t === "found" ? found.indices[0] : undefined, "a fragment");
    attack.say({ t: "paths", root, index, first, count });
    on.net.settle(1_000);
    return attack.received.at(-1);
  }

  test("answers up to the fragment's last stripe, and has nothing beyond", () => {
    expect(ask(0, STRIPES)).toMatchObject({ t: "pathsAre", first: 0 });
    expect(ask(STRIPES - 1, 1)).toMatchObject({ t: "pathsAre", first: STRIPES - 1 });
    expect(ask(0, STRIPES + 1)).toEqual({ t: "missing" });
    expect(ask(STRIPES, 1)).toEqual({ t: "missing" });
  });

  test("is asked within the longest object, and answers within the longest proof", () => {
    const root = "00".repeat(32);
    const body = (message: StoreMessage): StoreMessage =>
      decodeMessage(encodeMessage(message).subarray(4));
    const asked = { t: "paths", root, index: 0, first: 1, count: STRIPES_MAX - 1 } as const;
    expect(body(asked)).toEqual(asked);
    expect(() => body({ ...asked, count: STRIPES_MAX })).toThrow(WireError);
    expect(() => body({ ...asked, count: 0 })).toThrow(WireError);
    const proof = new Uint8Array(PROOF_HASHES_MAX * HASH_BYTES);
    const answer = { t: "pathsAre", index: 0, first: 0, proof } as const;
    const { length } = encodeMessage(body(answer));
    expect(length).toBe(4 + 6 + proof.length);
    const longer = new Uint8Array(proof.length + 1);
    expect(() => body({ ...answer, proof: longer })).toThrow(WireError);
  });

  test("says which extensions it speaks, by the id of no object", () => {
    const on = stage();
    const attack = new Attack(on.reader, must(on.holders[0], "a holder")).hello();
    attack.say({ t: "find", locateId: extensionsId(suite) });
    on.net.settle(1_000);
    expect(attack.received).toEqual([{ t: "found", indices: [EXTENSION_PATHS] }]);
  });
});
