import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeStoreNet } from "../../../test/support/store-net.ts";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { concatBytes } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { testIdentity } from "../../testing/index.ts";
import { WireError } from "../../wire/index.ts";
import { Attack, tinyObject } from "../attack.fixture.ts";
import { hexBytes } from "../fields.ts";
import { pattern, put, STRIPE } from "../jobs.fixture.ts";
import { rootOf } from "../link.ts";
import { decodeMessage, encodeMessage, type StoreMessage } from "../messages.ts";
import type { TestNet, TestPeer } from "../net.fixture.ts";
import { LEASE_MS, LEASE_PAGE_OBJECTS, LESSEES_PER_OBJECT, TRASH_MS } from "./limits.ts";
import { LEASE_TYPE } from "./messages.ts";
import {
  decodeLease,
  decodeReleased,
  decodeTime,
  encodeLease,
  encodeReleased,
  encodeTime,
} from "./records.ts";

const suite = createNodeSuite();
// Agents that heal want what they heal, too; here only owners are looked at.
const SMALL = { stripeBytes: STRIPE, healing: { isOff: true } };
const DIGEST = new Uint8Array(32);
const DAY_MS = 86_400_000;

function makePair(): { net: TestNet; owner: TestPeer; holder: TestPeer; root: string } {
  const net = makeStoreNet();
  const owner = net.add(SMALL);
  const holder = net.add(SMALL);
  const root = rootOf(put(net, owner, pattern(99), { k: 1, n: 4 }));
  net.settle();
  expect(holder.fragments(root)).toBe(2);
  return { net, owner, holder, root };
}

const rootOfNumber = (number: number): string => number.toString(16).padStart(64, "0");
const roots = fc
  .uniqueArray(fc.integer({ min: 0, max: 1e6 }), { maxLength: 5 })
  .map((numbers) => numbers.map(rootOfNumber).sort());
const anyMessage: fc.Arbitrary<StoreMessage> = fc.oneof(
  fc.constant({ t: "renew" as const, digest: DIGEST }),
  fc.record({
    t: fc.constant("renewed" as const),
    seconds: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  }),
  fc.record({ t: fc.constant("leases" as const), roots, isLast: fc.boolean() }),
  fc.record({
    t: fc.constant("wishes" as const),
    wishes: fc.array(fc.constantFrom("unknown" as const, "keep" as const, "drop" as const)),
  }),
  fc.record({ t: fc.constant("adopt" as const), roots }),
  fc.record({ t: fc.constant("adopted" as const), kept: fc.array(fc.boolean()) }),
);

describe("messages of leases", () => {
  test("come back as they were", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(decodeMessage(encodeMessage(message).subarray(4))).toEqual(message);
      }),
      { seed: 1 },
    );
  });

  test("have a largest number of objects, one order and known values", () => {
    const many = (count: number): StoreMessage => ({
      t: "adopt",
      roots: Array.from({ length: count }, (_, i) => rootOfNumber(i)),
    });
    const decode = (message: StoreMessage): StoreMessage =>
      decodeMessage(encodeMessage(message).subarray(4));
    expect(decode(many(LEASE_PAGE_OBJECTS))).toBeDefined();
    expect(() => decode(many(LEASE_PAGE_OBJECTS + 1))).toThrow(WireError);
    const twice = [rootOfNumber(2), rootOfNumber(2)];
    expect(() => decode({ t: "leases", roots: twice, isLast: true })).toThrow(WireError);
    const bodies = [
      Uint8Array.of(LEASE_TYPE.leases, 2),
      Uint8Array.of(LEASE_TYPE.wishes, 3),
      Uint8Array.of(LEASE_TYPE.adopted, 7),
      concatBytes(Uint8Array.of(LEASE_TYPE.adopt), hexBytes(rootOfNumber(1)), Uint8Array.of(0)),
      Uint8Array.of(LEASE_TYPE.renew, 1, 2, 3),
    ];
    for (const body of bodies) expect(() => decodeMessage(body)).toThrow(WireError);
  });

  test("records come back as they were, and anything else is refused", () => {
    const [anna, ben] = ["anna", "ben"].map((name) => testIdentity(suite, name).id);
    const lease = new Map([
      [must(anna, "a peer"), { untilMs: undefined }],
      [must(ben, "a peer"), { untilMs: 0 }],
    ]);
    expect(decodeLease(encodeLease(lease))).toEqual(lease);
    const released = { releasedAtMs: 5, holders: new Set([must(anna, "a peer")]) };
    expect(decodeReleased(encodeReleased(released))).toEqual(released);
    expect(decodeTime(encodeTime(17.9))).toBe(17);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const decode of [decodeLease, decodeReleased, decodeTime]) {
          try {
            decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        }
      }),
      { seed: 2 },
    );
  });
});

describe("a stranger", () => {
  test("is told nothing of what is kept for others, and cannot let it go", () => {
    const { net, holder, root } = makePair();
    const attack = new Attack(net.add(SMALL), holder).hello();
    attack.say({ t: "wishes", wishes: ["drop"] }, { t: "renew", digest: DIGEST });
    attack.say({ t: "wishes", wishes: ["drop"] }, { t: "wishes", wishes: [] });
    net.settle(1_000);
    expect(attack.received.map(({ t }) => t)).toEqual(["missing", "leases", "missing", "renewed"]);
    expect(attack.received[1]).toEqual({ t: "leases", roots: [], isLast: true });
    net.settle(DAY_MS);
    expect(holder.fragments(root)).toBe(2);
    expect([...holder.disk.records.keys()].filter((key) => key.includes("/lessee/"))).toHaveLength(
      1,
    );
  });

  test("that wants an object, too, and lets it go again takes nothing from its owner", () => {
    const { net, holder, root } = makePair();
    const attack = new Attack(net.add(SMALL), holder).hello();
    attack.say({ t: "adopt", roots: [rootOfNumber(1), root].sort() });
    net.settle(1_000);
    attack.say({ t: "renew", digest: DIGEST });
    net.settle(1_000);
    attack.say({ t: "wishes", wishes: ["drop"] });
    net.settle(1_000);
    const kept = [rootOfNumber(1), root].sort().map((name) => name === root);
    expect(attack.received.map(({ t }) => t)).toEqual(["adopted", "leases", "renewed"]);
    expect(attack.received[0]).toEqual({ t: "adopted", kept });
    expect(holder.fragments(root)).toBe(2);
  });

  test("finds room beside so many others that want an object, and one more does not", () => {
    const { net, owner, holder, root } = makePair();
    const answers = Array.from({ length: LESSEES_PER_OBJECT + 1 }, () => {
      const attack = new Attack(net.add(SMALL), holder).hello().say({ t: "adopt", roots: [root] });
      net.settle(1_000);
      return attack.received[0];
    });
    const expected = answers.map((_, i) => ({ t: "adopted", kept: [i < LESSEES_PER_OBJECT] }));
    expect(answers).toEqual(expected);
    net.kill(owner);
    const restarted = new Attack(must(net.peers.at(-1), "a peer"), holder).hello();
    restarted.say({ t: "renew", digest: DIGEST });
    net.settle(LEASE_MS + TRASH_MS + DAY_MS);
    expect(holder.fragments(root)).toBe(0);
  });
});

describe("an agent", () => {
  const tiny = tinyObject(suite);

  function brings(agent: Attack, indices: readonly number[], seconds: number): void {
    agent.say({ t: "lend", seconds, indices, head: tiny.head.bytes });
    for (const index of indices) {
      agent.say({ t: "leavesAre", index, leaves: must(tiny.leaves[index], "leaves") });
      agent.say({ t: "shardIs", index, stripe: 0, shard: must(tiny.shards[index], "a shard") });
    }
  }

  test("that brings what others want makes it stay for as long as it says, a whole lease at most", () => {
    const ends = [60, 86_400, 2 ** 32 - 1].map((seconds) => {
      const net = makeStoreNet();
      const holder = net.add(SMALL);
      const agent = new Attack(net.add(SMALL), holder).hello();
      brings(agent, [0], seconds);
      net.settle(1_000);
      expect(holder.fragments(tiny.head.rootHex)).toBe(1);
      const { book } = holder.store.keeping.leases;
      expect(book.wantedUntilMs(tiny.head.rootHex)).toBe(0);
      return Math.round((book.endOf(tiny.head.rootHex) - net.kit.clock.wallMs()) / 60_000);
    });
    expect(ends).toEqual([1, DAY_MS / 60_000, LEASE_MS / 60_000]);
  });

  test("that renews without end what it brought makes it stay no longer, unless it wants it itself", () => {
    const net = makeStoreNet();
    const holder = net.add(SMALL);
    const root = tiny.head.rootHex;
    const agent = new Attack(net.add(SMALL), holder).hello();
    brings(agent, [0], 10 * 86_400);
    net.settle(1_000);
    const { book } = holder.store.keeping.leases;
    const endMs = book.endOf(root);
    agent.say({ t: "renew", digest: DIGEST });
    net.settle(1_000);
    agent.say({ t: "wishes", wishes: ["unknown"] });
    net.settle(60_000);
    brings(agent, [1], 86_400);
    net.settle(1_000);
    expect(holder.fragments(root)).toBe(2);
    expect(book.endOf(root)).toBe(endMs);
    agent.say({ t: "adopt", roots: [root] });
    net.settle(1_000);
    expect(book.endOf(root)).toBeGreaterThan(endMs);
    expect(book.wantedUntilMs(root)).toBe(book.endOf(root));
  });
});

describe("an owner", () => {
  test.each([
    ["says that it keeps what it was not asked about", { t: "adopted", kept: [true] }],
    ["promises twice", { t: "renewed", seconds: 5 }],
    ["answers with something else", { t: "stored", index: 0 }],
  ] as const)("leaves a holder that %s", (_, answer) => {
    const { net, owner, holder, root } = makePair();
    const before = owner.store.object(root)?.health.alive;
    holder.session.tamper = (bytes) =>
      bytes[4] === LEASE_TYPE.renewed ? concatBytes(encodeMessage(answer), bytes) : bytes;
    net.settle(2 * DAY_MS);
    expect(owner.session.streams.size).toBe(0);
    expect(owner.store.object(root)?.health.alive).toBe(before);
  });

  test("gives a holder up that says nothing, and asks again later", () => {
    const { net, owner, holder } = makePair();
    let asked = 0;
    holder.session.tamper = (bytes) => {
      if (bytes[4] !== LEASE_TYPE.renewed) return bytes;
      asked++;
      return new Uint8Array(0);
    };
    net.settle(3 * 3_600_000);
    expect(asked).toBeGreaterThanOrEqual(2);
    expect(asked).toBeLessThanOrEqual(4);
    expect(owner.session.streams.size).toBe(0);
  });
});
