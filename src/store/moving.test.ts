import { describe, expect, test } from "vitest";
import { makeStoreNet } from "../../test/support/store-net.ts";
import { concatBytes, equalBytes } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { Channel, SERVICE } from "./channel.ts";
import { CountedSession } from "./counted-session.ts";
import type { StoreError } from "./errors.ts";
import { get, pattern, put, STRIPE } from "./jobs.fixture.ts";
import { HEDGE_MS, STALL_MS } from "./limits.ts";
import { rootOf } from "./link.ts";
import type { TestNet, TestPeer } from "./net.fixture.ts";

const SMALL = { stripeBytes: STRIPE };
const STRIPES = 60;

/** A read that a test watches, and disturbs once some stripes have come. */
class WatchedRead {
  readonly #net: TestNet;
  readonly #parts: Uint8Array[] = [];
  readonly #startMs: number;
  isDone = false;
  error: StoreError | undefined;

  constructor(net: TestNet, reader: TestPeer, link: string) {
    this.#net = net;
    this.#startMs = net.kit.clock.monotonicMs();
    reader.store.get(link, {
      onBytes: (bytes) => this.#parts.push(bytes.slice()),
      onDone: () => {
        this.isDone = true;
      },
      onError: (error) => {
        this.error = error;
      },
    });
  }

  get bytes(): Uint8Array {
    return concatBytes(...this.#parts);
  }

  /** Runs until so many stripes have come. */
  untilStripe(count: number): void {
    expect(this.#net.until(() => this.#parts.length >= count)).toBe(true);
    expect(this.isDone).toBe(false);
  }

  /** Runs to the end. @returns milliseconds since the read began */
  toEnd(): number {
    this.#net.until(() => this.isDone || this.error !== undefined);
    return this.#net.kit.clock.monotonicMs() - this.#startMs;
  }
}

/** Two holders of half of the fragments each, and a reader that has none. */
function twoHolders(): {
  readonly net: TestNet;
  readonly holders: readonly [TestPeer, TestPeer];
  readonly reader: TestPeer;
  readonly data: Uint8Array;
  readonly link: string;
} {
  const net = makeStoreNet();
  const holders = [net.add(SMALL), net.add(SMALL)] as const;
  const data = pattern(STRIPES * STRIPE);
  const link = put(net, holders[0], data);
  net.settle();
  expect(holders.map((holder) => holder.fragments(rootOf(link)))).toEqual([20, 20]);
  const reader = net.add(SMALL);
  for (const holder of holders) holder.hidden.add(reader.id);
  return { net, holders, reader, data, link };
}

describe("reading while fragments move", () => {
  test.each([1, 2, 3, 4, 5])("to others, one of which dies when it has %i", (fragments) => {
    const net = makeStoreNet();
    const first = net.add(SMALL);
    const data = pattern(STRIPES * STRIPE);
    const link = put(net, first, data);
    const [reader, other] = net.addMany(3, SMALL).map((peer) => must(peer, "a peer"));
    const had = (count: number): boolean => (other?.fragments(rootOf(link)) ?? 0) >= count;
    expect(net.until(() => had(1))).toBe(true);
    const read = new WatchedRead(net, must(reader, "a reader"), link);
    expect(net.until(() => had(fragments))).toBe(true);
    net.kill(must(other, "another"));
    expect(read.toEnd()).toBeLessThan(2_000);
    expect(read.error).toBeUndefined();
    expect(equalBytes(read.bytes, data)).toBe(true);
  });
});

describe("a holder that falls silent in the middle of a read", () => {
  test("holds it up once and for little, not once for every stripe", () => {
    const net = makeStoreNet();
    // It answers first, so it is asked first, and half of its room is for two fragments.
    const small = net.add({ ...SMALL, quotaBytes: 60_000 });
    const first = net.add(SMALL);
    const data = pattern(STRIPES * STRIPE);
    const link = put(net, first, data);
    net.settle();
    expect(small.fragments(rootOf(link))).toBe(2);
    const reader = net.add(SMALL);
    first.hidden.add(reader.id);
    const read = new WatchedRead(net, reader, link);
    read.untilStripe(5);
    small.session.isSilent = true;
    expect(read.toEnd()).toBeLessThan(STALL_MS + HEDGE_MS);
    expect(equalBytes(read.bytes, data)).toBe(true);
  });

  test("is not taken for alive because it is asked more", () => {
    const { net, holders, reader } = twoHolders();
    holders[0].session.isSilent = true;
    reader.session.isSilent = true;
    const events = { onMessage: () => {}, onDrain: () => {}, onClosed: () => {} };
    const channel = must(
      Channel.open(new CountedSession(reader.session, SERVICE), holders[0].id, events),
      "a channel",
    );
    const before = channel.movement;
    channel.send(pattern(100));
    expect(channel.movement).toBe(before);
    reader.session.isSilent = false;
    channel.send(pattern(1));
    net.drain();
    expect(channel.movement).toBe(before + 102);
  });

  test("and has what nobody else has: the error says so", () => {
    const { net, holders, reader, link } = twoHolders();
    // Of the other one's first fragment the last stripe is damaged.
    const key = must([...holders[1].disk.blocks.keys()][STRIPES - 1], "it has a block");
    holders[1].disk.blocks.delete(key);
    const read = new WatchedRead(net, reader, link);
    read.untilStripe(1);
    holders[0].session.isSilent = true;
    read.toEnd();
    expect(read.error?.code).toBe("stalled");
    expect(read.error?.counts).toEqual({ found: 19, needed: 20 });
  });
});

describe("a holder whose session is lost in the middle of a read", () => {
  test("is asked again at once", () => {
    const { net, holders, reader, data, link } = twoHolders();
    net.kill(holders[1]);
    const read = new WatchedRead(net, reader, link);
    for (const stripes of [5, 20, 40]) {
      read.untilStripe(stripes);
      holders[0].session.die();
    }
    expect(read.toEnd()).toBeLessThan(100);
    expect(equalBytes(read.bytes, data)).toBe(true);
  });
});

describe("fragments that move while objects are read", () => {
  /** A publisher that spreads to a newcomer while somebody reads another object every 50 ms. */
  function spreadUnderReads(stripes: number) {
    const net = makeStoreNet();
    const first = net.add(SMALL);
    const readLink = put(net, first, pattern(STRIPE), { k: 1, n: 2 });
    const link = put(net, first, pattern(stripes * STRIPE));
    const holder = net.add(SMALL);
    const reader = net.add(SMALL);
    first.hidden.add(reader.id);
    // The reader never keeps what it reads, so it has to ask every time.
    holder.hidden.add(reader.id);
    const readFor = (ms: number): void => {
      for (let passedMs = 0; passedMs < ms; passedMs += 50) {
        expect(get(net, reader, readLink).isDone).toBe(true);
        net.settle(50);
      }
    };
    return { net, readFor, moved: () => holder.fragments(rootOf(link)) };
  }

  test("let the reads pass, and go on when these end", () => {
    const { net, readFor, moved } = spreadUnderReads(STRIPES);
    readFor(5_000);
    expect(moved()).toBeLessThan(5);
    net.settle(1_000);
    expect(moved()).toBe(20);
  });

  test("arrive even if the reads never end", () => {
    const { readFor, moved } = spreadUnderReads(2);
    readFor(15_000);
    expect(moved()).toBe(20);
  });
});
