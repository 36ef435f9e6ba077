import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeStoreNet } from "../../test/support/store-net.ts";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes, equalBytes } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { testRandom } from "../testing/index.ts";
import { WireError } from "../wire/index.ts";
import { Attack, tinyObject, VERSION } from "./attack.fixture.ts";
import { SERVICE } from "./channel.ts";
import { decodeHead } from "./head.ts";
import { get, pattern, put, STRIPE } from "./jobs.fixture.ts";
import {
  MESSAGE_BYTES_MAX,
  SERVED_QUEUE_MAX,
  SERVED_STREAMS_PER_PEER,
  STRIPES_MAX,
} from "./limits.ts";
import { rootOf } from "./link.ts";
import { HASH_BYTES } from "./merkle.ts";
import { MessageReader } from "./message-reader.ts";
import { decodeMessage, encodeMessage, type StoreMessage } from "./messages.ts";

const suite = createNodeSuite();
const SMALL = { stripeBytes: STRIPE };

const honest = tinyObject(suite);

/** What a holder that follows the protocol would hear for fragment 0. */
function script(): StoreMessage[] {
  const leaves = must(honest.leaves[0], "leaves");
  const shard = must(honest.shards[0], "a shard");
  return [
    { t: "offer", indices: [0], head: honest.head.bytes },
    { t: "leavesAre", index: 0, leaves },
    { t: "shardIs", index: 0, stripe: 0, shard },
  ];
}

const anyMessage: fc.Arbitrary<StoreMessage> = fc.oneof(
  fc.record({ t: fc.constant("find" as const), locateId: fc.constant(honest.head.locateId) }),
  fc.record({ t: fc.constant("head" as const), root: fc.constant(honest.head.rootHex) }),
  fc.record({
    t: fc.constant("shard" as const),
    root: fc.constant(honest.head.rootHex),
    index: fc.integer({ min: 0, max: 63 }),
    stripe: fc.integer({ min: 0, max: STRIPES_MAX - 1 }),
  }),
  fc.record({
    t: fc.constant("leaves" as const),
    root: fc.constant(honest.head.rootHex),
    index: fc.integer({ min: 0, max: 63 }),
  }),
  fc.record({
    t: fc.constant("paths" as const),
    root: fc.constant(honest.head.rootHex),
    index: fc.integer({ min: 0, max: 63 }),
    first: fc.integer({ min: 0, max: 2 }),
    count: fc.integer({ min: 1, max: STRIPES_MAX - 2 }),
  }),
  fc.record({
    t: fc.constant("pathsAre" as const),
    index: fc.integer({ min: 0, max: 63 }),
    first: fc.integer({ min: 0, max: STRIPES_MAX - 1 }),
    proof: fc.uint8Array({ maxLength: 100 }),
  }),
  fc.record({
    t: fc.constant("offer" as const),
    indices: fc
      .uniqueArray(fc.integer({ min: 0, max: 63 }))
      .map((all) => all.sort((a, b) => a - b)),
    head: fc.constant(honest.head.bytes),
  }),
  fc.record({
    t: fc.constant("lend" as const),
    seconds: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    indices: fc.constant([0, 2]),
    head: fc.constant(honest.head.bytes),
  }),
  fc.constantFrom(...script()),
  fc.record({ t: fc.constant("stored" as const), index: fc.integer({ min: 0, max: 63 }) }),
  fc.record({ t: fc.constant("failed" as const), index: fc.integer({ min: 0, max: 63 }) }),
  fc.record({
    t: fc.constant("answer" as const),
    verdict: fc.constantFrom("ok" as const, "full" as const, "busy" as const, "refused" as const),
    fragments: fc.array(fc.constantFrom("have" as const, "send" as const, "full" as const)),
  }),
);

/** Only a typed error may come of foreign bytes. */
function onlyWireErrors(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
}

describe("decoders", () => {
  test("messages come back as they were, and have one form only", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const bytes = encodeMessage(message).subarray(4);
        expect(decodeMessage(bytes)).toEqual(message);
        const endsOpen = ["leavesAre", "pathsAre", "shardIs", "offer", "lend"].includes(message.t);
        const longer = (): StoreMessage => decodeMessage(concatBytes(bytes, VERSION));
        if (endsOpen) expect(longer()).not.toEqual(message);
        else expect(longer).toThrow(WireError);
      }),
      { examples: [[{ t: "missing" }]], seed: 1 },
    );
  });

  test("random bytes are a message or a WireError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        onlyWireErrors(() => decodeMessage(bytes));
        onlyWireErrors(() => decodeHead(suite, bytes));
      }),
      { numRuns: 500, seed: 2 },
    );
  });

  test("a head with any one byte changed is refused or has another root", () => {
    const { bytes, rootHex } = honest.head;
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x41;
      onlyWireErrors(() => {
        expect(decodeHead(suite, changed).rootHex).not.toBe(rootHex);
      });
    }
  });

  test("the message reader cuts anywhere and keeps to its limit", () => {
    fc.assert(
      fc.property(fc.array(anyMessage), fc.integer({ min: 1, max: 97 }), (messages, cut) => {
        const stream = concatBytes(...messages.map(encodeMessage));
        const read: StoreMessage[] = [];
        const reader = new MessageReader((bytes) => read.push(decodeMessage(bytes)));
        for (let at = 0; at < stream.length; at += cut) reader.feed(stream.subarray(at, at + cut));
        expect(read).toEqual(messages);
      }),
      { seed: 5 },
    );
    const announce = (length: number): Uint8Array => {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, length);
      return bytes;
    };
    const reader = (): MessageReader => new MessageReader(() => {});
    expect(() => reader().feed(announce(MESSAGE_BYTES_MAX))).not.toThrow();
    expect(() => reader().feed(announce(MESSAGE_BYTES_MAX + 1))).toThrow(WireError);
    expect(() => reader().feed(announce(0))).toThrow(WireError);
  });
});

describe("a hostile requester", () => {
  test("may say anything in any order: the store stays up, whole and within its quota", () => {
    fc.assert(
      fc.property(
        fc.array(anyMessage, { maxLength: 12 }),
        fc.option(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))),
        (messages, flip) => {
          const net = makeStoreNet();
          const victim = net.add({ ...SMALL, quotaBytes: 1_000 });
          const attacker = net.add(SMALL);
          const stream = concatBytes(VERSION, ...messages.map(encodeMessage));
          if (flip !== null) {
            const at = flip[0] % stream.length;
            stream[at] = (stream[at] ?? 0) ^ flip[1];
          }
          const { stream: open } = new Attack(attacker, victim);
          open.write(stream);
          net.settle(1_000);
          open.reset();
          net.settle(1_000);
          expect(victim.session.streams.size).toBe(0);
          expect(victim.store.usage().othersBytes).toBeLessThanOrEqual(1_000);
          expect(victim.disk.usedBytes()).toBe(victim.fragments(honest.head.rootHex) * 16);
          const again = new Attack(attacker, victim).hello().say(...script());
          net.settle(1_000);
          expect(again.closed).toBeUndefined();
          expect(victim.fragments(honest.head.rootHex)).toBeGreaterThan(0);
        },
      ),
      { numRuns: 150, seed: 3 },
    );
  });

  const wrong = new Uint8Array(16).fill(99);
  const [offer, leaves, shard] = script();
  const cases: [string, (StoreMessage | undefined)[]][] = [
    ["a wrong shard", [offer, leaves, { t: "shardIs", index: 0, stripe: 0, shard: wrong }]],
    ["a long shard", [offer, leaves, { t: "shardIs", index: 0, stripe: 0, shard: pattern(17) }]],
    ["another stripe", [offer, leaves, { t: "shardIs", index: 0, stripe: 1, shard: wrong }]],
    ["a wrong leaf list", [offer, { t: "leavesAre", index: 0, leaves: pattern(HASH_BYTES) }]],
    ["a long leaf list", [offer, { t: "leavesAre", index: 0, leaves: pattern(2 * HASH_BYTES) }]],
    ["leaves nobody asked for", [offer, { t: "leavesAre", index: 1, leaves: pattern(32) }]],
    ["a shard before its leaves", [offer, shard]],
    ["a second offer", [offer, offer]],
    ["an index above n", [{ t: "offer", indices: [3], head: honest.head.bytes }]],
    ["an empty offer", [{ t: "offer", indices: [], head: honest.head.bytes }]],
    ["an answer", [{ t: "stored", index: 0 }]],
  ];
  test.each(cases)("that sends %s is cut off, and nothing remains", (_, messages) => {
    const net = makeStoreNet();
    const victim = net.add(SMALL);
    const attack = new Attack(net.add(SMALL), victim).hello();
    for (const message of messages) attack.say(must(message, "a message"));
    net.settle(1_000);
    expect(attack.closed).toBe("reset");
    expect(victim.disk.usedBytes()).toBe(0);
    expect(victim.store.usage().fragmentCount).toBe(0);
  });

  test("with another protocol version is cut off", () => {
    const net = makeStoreNet();
    const victim = net.add(SMALL);
    const attack = new Attack(net.add(SMALL), victim);
    attack.stream.write(Uint8Array.of(2));
    net.settle(1_000);
    expect(attack.closed).toBe("reset");
  });

  test("gets an honest offer stored, and exactly that", () => {
    const net = makeStoreNet();
    const victim = net.add(SMALL);
    const attack = new Attack(net.add(SMALL), victim).hello().say(...script());
    net.settle(1_000);
    expect(attack.received).toEqual([
      { t: "answer", verdict: "ok", fragments: ["send"] },
      { t: "stored", index: 0 },
    ]);
    attack.say({ t: "find", locateId: honest.head.locateId });
    attack.say({ t: "find", locateId: "00".repeat(16) });
    attack.say({ t: "shard", root: honest.head.rootHex, index: 0, stripe: 1 });
    attack.say({ t: "shard", root: "00".repeat(32), index: 0, stripe: 0 });
    net.settle(1_000);
    expect(attack.received.slice(2)).toEqual([
      { t: "found", indices: [0] },
      { t: "found", indices: [] },
      { t: "missing" },
      { t: "missing" },
    ]);
  });

  test("may have so many streams and so many requests, and not one more", () => {
    const net = makeStoreNet();
    const victim = net.add(SMALL);
    const attacker = net.add(SMALL);
    const attacks = Array.from({ length: SERVED_STREAMS_PER_PEER + 1 }, () =>
      new Attack(attacker, victim).hello(),
    );
    net.settle(1_000);
    expect(attacks.filter(({ closed }) => closed === undefined)).toHaveLength(
      SERVED_STREAMS_PER_PEER,
    );
    expect(attacks.at(-1)?.closed).toBe("refused");
    const request: StoreMessage = { t: "head", root: honest.head.rootHex };
    // One request is being answered while the others wait.
    attacks[0]?.say(...new Array<StoreMessage>(SERVED_QUEUE_MAX + 1).fill(request));
    attacks[1]?.say(...new Array<StoreMessage>(SERVED_QUEUE_MAX + 2).fill(request));
    net.settle(1_000);
    expect(attacks[0]?.received).toHaveLength(SERVED_QUEUE_MAX + 1);
    expect(attacks[0]?.closed).toBeUndefined();
    expect(attacks[1]?.closed).toBe("reset");
  });

  test("that falls silent in the middle is left, and its reservation is free again", () => {
    const net = makeStoreNet();
    const victim = net.add({ ...SMALL, quotaBytes: 96 });
    const [attacker, another] = [net.add(SMALL), net.add(SMALL)];
    new Attack(attacker, victim).hello().say(must(offer, "an offer"));
    net.settle(60_000);
    const second = tinyObject(suite, 2);
    const other: StoreMessage = { t: "offer", indices: [0], head: second.head.bytes };
    const during = new Attack(another, victim).hello().say(other);
    net.settle(1_000);
    expect(during.received.at(-1)).toEqual({ t: "answer", verdict: "ok", fragments: ["send"] });
    const more: StoreMessage = { t: "offer", indices: [1], head: second.head.bytes };
    const full = new Attack(attacker, victim).hello().say(more);
    net.settle(1_000);
    expect(full.received.at(-1)).toEqual({ t: "answer", verdict: "full", fragments: ["full"] });
    net.settle(300_000);
    expect(victim.session.streams.size).toBe(0);
    const later = new Attack(attacker, victim).hello().say(more);
    net.settle(1_000);
    expect(later.received.at(-1)).toEqual({ t: "answer", verdict: "ok", fragments: ["send"] });
  });
});

describe("hostile holders", () => {
  test("that change bytes at random never yield wrong bytes, only the object or a typed error", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 1, max: 4 }),
        (seed, liars) => {
          const net = makeStoreNet();
          const peers = net.addMany(5, SMALL);
          const data = pattern(3 * STRIPE + 1);
          const link = put(net, must(peers[0], "a peer"), data);
          net.settle();
          const random = testRandom(seed);
          for (const liar of peers.slice(5 - liars)) {
            liar.session.tamper = (bytes) => {
              if (random.u32() % 4 === 0) bytes[random.u32() % bytes.length] = random.u32() & 255;
              return bytes;
            };
          }
          const reader = net.add(SMALL);
          const { bytes, error, isDone } = get(net, reader, link, 300_000);
          expect(isDone || error !== undefined).toBe(true);
          if (isDone) expect(equalBytes(bytes, data)).toBe(true);
          else expect(equalBytes(bytes, data.subarray(0, bytes.length))).toBe(true);
          if (error !== undefined) expect(error.code).toBe("not-enough-fragments");
          if (liars <= 2) expect(isDone).toBe(true);
          net.settle(1_000);
          for (const peer of net.peers)
            expect(peer.fragments(rootOf(link))).toBeLessThanOrEqual(40);
        },
      ),
      { numRuns: 60, seed: 4 },
    );
  });

  test("that claim everything and give nothing cost time, not the object", () => {
    const net = makeStoreNet();
    const peers = net.addMany(4, SMALL);
    const data = pattern(2 * STRIPE);
    const link = put(net, must(peers[0], "a peer"), data);
    net.settle();
    const liar = net.add(SMALL);
    liar.session.serve(SERVICE, (stream) => {
      stream.write(encodeMessage({ t: "found", indices: Array.from({ length: 40 }, (_, i) => i) }));
      return {
        onData: (bytes) => stream.consume(bytes.length),
        onEnd: () => {},
        onDrain: () => {},
        onClose: () => {},
      };
    });
    const reader = net.add(SMALL);
    expect(equalBytes(get(net, reader, link).bytes, data)).toBe(true);
  });
});
