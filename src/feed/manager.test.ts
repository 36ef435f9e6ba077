import { describe, expect, test } from "vitest";
import { MemoryRecords } from "../../test/support/memory-records.ts";
import { SessionNet } from "../../test/support/session-net.ts";
import { suite } from "../../test/support/village.ts";
import { decodePeerRecord, encodePeerRecord } from "../identity/index.ts";
import { type RecordWrite, SILENT_LOG } from "../ports/index.ts";
import type { SessionPort, Stream } from "../session/index.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/index.ts";
import { signEntry } from "./entry.ts";
import { FrameSplitter } from "./frame-splitter.ts";
import { NO_HEAD } from "./head.ts";
import {
  APPENDS_WAITING_MAX,
  ENTRIES_IN_FLIGHT_MAX,
  FEED_FRAME_BYTES_MAX,
  OFFERS_PER_READER_MAX,
} from "./limits.ts";
import { FeedManager } from "./manager.ts";
import { decodeFrame, encodeFrame, FEED_SERVICE, type FeedFrame } from "./protocol.ts";
import type { FeedEntry, FeedId, ForkProof } from "./types.ts";

const LABEL = new Uint8Array([7]);

/** Two peers on one clock: "author" writes, "reader" follows. */
class Pair {
  readonly clock = new ManualClock();
  readonly net = new SessionNet(testRandom("pair"));
  readonly author = testIdentity(suite, "author");
  readonly reader = testIdentity(suite, "reader");
  readonly disks = { author: new MemoryRecords(), reader: new MemoryRecords() };
  readonly sessions: { author: SessionPort; reader: SessionPort };
  readonly feeds: { author: FeedManager; reader: FeedManager };
  readonly entries: FeedEntry[] = [];
  readonly acknowledged: number[] = [];
  readonly forks: ForkProof[] = [];
  readonly troubles: string[] = [];
  /** Makes the reader's reducer refuse entries. */
  noRoom = false;

  constructor() {
    this.sessions = { author: this.#join("author"), reader: this.#join("reader") };
    this.feeds = { author: this.#manager("author"), reader: this.#manager("reader") };
    for (const manager of Object.values(this.feeds)) {
      manager.load((error) => expect(error).toBeNull());
    }
    this.settle();
  }

  own(label: Uint8Array = LABEL): FeedId {
    return this.feeds.author.own(
      { author: this.author.signKey, label },
      {
        onAcknowledging: () => [],
        onAcknowledged: (_feedId, _reader, seq) => this.acknowledged.push(seq),
        onTrouble: (_feedId, _reader, { code }) => this.troubles.push(`author ${code}`),
      },
    );
  }

  follow(label: Uint8Array = LABEL): FeedId {
    return this.feeds.reader.follow(this.author.signKey.publicKey, label, {
      onEntry: () => (this.noRoom ? undefined : ([] as RecordWrite[])),
      onPersisted: (entry) => this.entries.push(entry),
      onFork: (proof) => this.forks.push(proof),
      onTrouble: (_feedId, { code }) => this.troubles.push(`reader ${code}`),
    });
  }

  append(feedId: FeedId, ...bodies: readonly number[]): void {
    for (const body of bodies) {
      const draft = { body: new Uint8Array([body]) };
      this.feeds.author.append(
        feedId,
        1,
        () => draft,
        (error) => expect(error).toBeNull(),
      );
    }
  }

  /** Both can reach each other. */
  meet(): void {
    this.feeds.author.peerReachable(this.reader.id);
    this.feeds.reader.peerReachable(this.author.id);
    this.settle();
  }

  settle(naps = 0): void {
    for (let nap = 0; nap <= naps; nap++) {
      let busy = true;
      while (busy) {
        busy = false;
        for (const part of [this.disks.author, this.disks.reader, this.net]) {
          if (!part.busy) continue;
          part.step();
          busy = true;
        }
      }
      if (nap === naps) return;
      const nextMs = this.feeds.author.nextDeadlineMs();
      if (nextMs === Number.POSITIVE_INFINITY) return;
      this.clock.advance(Math.max(0, nextMs - this.clock.monotonicMs()));
      this.feeds.author.tick();
    }
  }

  /** Speaks to the reader as an author that follows no rules; answers come into `heard`. */
  forge(heard: FeedFrame[], closed: string[]): Stream {
    const splitter = new FrameSplitter(FEED_FRAME_BYTES_MAX);
    const stream = this.sessions.author.openStream(this.reader.id, FEED_SERVICE, {
      onData: (bytes) => splitter.push(bytes, (content) => heard.push(decodeFrame(content))),
      onEnd: () => {},
      onDrain: () => {},
      onClose: (reason) => closed.push(reason),
    });
    if (stream === undefined) throw new RangeError("no stream");
    return stream;
  }

  #join(who: "author" | "reader"): SessionPort {
    const bytes = encodePeerRecord(this[who], { name: who, seqno: 1 });
    return this.net.join(decodePeerRecord(suite, bytes));
  }

  #manager(who: "author" | "reader"): FeedManager {
    return new FeedManager({
      suite,
      clock: this.clock,
      random: testRandom(who),
      log: SILENT_LOG,
      records: this.disks[who].open(),
      sessions: this.sessions[who],
    });
  }
}

function bodiesOf(pair: Pair): number[] {
  return pair.entries.map(({ body }) => body[0] ?? -1);
}

describe("a followed feed", () => {
  test("comes in order, also what is appended while the stream is open", () => {
    const pair = new Pair();
    const feedId = pair.own();
    pair.follow();
    pair.feeds.author.offer(feedId, pair.reader.id);
    pair.append(feedId, 1, 2, 3);
    pair.meet();
    expect(bodiesOf(pair)).toEqual([1, 2, 3]);
    pair.append(feedId, 4);
    pair.settle();
    expect(bodiesOf(pair)).toEqual([1, 2, 3, 4]);
    expect(pair.acknowledged.at(-1)).toBe(4);
    expect(pair.feeds.author.acknowledgedSeq(feedId)).toBe(4);
    expect(pair.feeds.reader.headSeq(feedId)).toBe(4);
  });

  test("of 300 entries comes whole although few may be in flight", () => {
    const pair = new Pair();
    const feedId = pair.own();
    pair.follow();
    const numbers = Array.from({ length: 300 }, (_, number) => number % 256);
    for (let at = 0; at < numbers.length; at += APPENDS_WAITING_MAX / 2) {
      pair.append(feedId, ...numbers.slice(at, at + APPENDS_WAITING_MAX / 2));
      pair.settle();
    }
    pair.feeds.author.offer(feedId, pair.reader.id);
    pair.meet();
    expect(bodiesOf(pair)).toEqual(numbers);
  });

  test("that nobody follows is refused at the door, and comes once it is followed", () => {
    const pair = new Pair();
    const feedId = pair.own();
    pair.feeds.author.offer(feedId, pair.reader.id);
    pair.append(feedId, 1);
    pair.meet();
    pair.settle(3);
    expect(pair.entries).toEqual([]);
    expect(pair.net.refusedStreams).toBeGreaterThan(1);
    pair.follow();
    pair.settle(3);
    expect(bodiesOf(pair)).toEqual([1]);
  });

  test("waits with its author while the reader's disk is full or has no room", () => {
    const pair = new Pair();
    const feedId = pair.own();
    pair.follow();
    pair.feeds.author.offer(feedId, pair.reader.id);
    pair.append(feedId, 1);
    pair.disks.reader.full = true;
    pair.meet();
    expect(pair.troubles).toContain("reader full");
    expect([pair.entries, pair.acknowledged]).toEqual([[], []]);
    pair.disks.reader.full = false;
    pair.noRoom = true;
    pair.settle(2);
    expect([pair.entries, pair.acknowledged]).toEqual([[], []]);
    pair.noRoom = false;
    pair.settle(3);
    expect(bodiesOf(pair)).toEqual([1]);
    expect(pair.acknowledged).toEqual([1]);
  });

  test("whose author cannot write down an acknowledgement is asked again", () => {
    const pair = new Pair();
    const feedId = pair.own();
    pair.follow();
    pair.feeds.author.offer(feedId, pair.reader.id);
    pair.append(feedId, 1);
    pair.settle();
    pair.disks.author.full = true;
    pair.meet();
    expect(bodiesOf(pair)).toEqual([1]);
    expect(pair.troubles).toContain("author full");
    expect(pair.acknowledged).toEqual([]);
    pair.disks.author.full = false;
    pair.settle(3);
    expect(pair.acknowledged).toEqual([1]);
    expect(bodiesOf(pair)).toEqual([1]);
  });
});

describe("a forked feed", () => {
  test("is proven, kept, reported, and accepted no more", () => {
    const pair = new Pair();
    const feedId = pair.own();
    pair.follow();
    pair.feeds.author.offer(feedId, pair.reader.id);
    pair.append(feedId, 1, 2);
    pair.meet();
    const place = { feedId, seq: 1, previous: NO_HEAD.hash, kind: 1 };
    const other = signEntry(pair.author.signKey, { ...place, body: new Uint8Array([99]) });
    const heard: FeedFrame[] = [];
    const stream = pair.forge(heard, []);
    stream.write(encodeFrame({ t: "entry", bytes: other.bytes }));
    pair.settle();
    expect(pair.forks.map(({ seq, second }) => [seq, second])).toEqual([[1, other.bytes]]);
    expect(pair.forks[0]?.first).toEqual(pair.entries[0]?.bytes);
    expect(heard).toEqual([{ t: "stop", feedId, reason: "forked" }]);
    expect([...pair.disks.reader.kept.keys()]).toContain(`feed/k/${feedId}`);
    pair.append(feedId, 3);
    pair.settle(3);
    expect(bodiesOf(pair)).toEqual([1, 2]);
    expect(pair.troubles).toContain("author forked");
  });

  test("by an author that lost its disk is found from the summaries", () => {
    const pair = new Pair();
    const feedId = pair.own();
    pair.follow();
    pair.feeds.author.offer(feedId, pair.reader.id);
    const place = { feedId, seq: 1, previous: NO_HEAD.hash, kind: 1 };
    const lost = signEntry(pair.author.signKey, { ...place, body: new Uint8Array([50]) });
    pair.forge([], []).write(encodeFrame({ t: "entry", bytes: lost.bytes }));
    pair.settle();
    expect(bodiesOf(pair)).toEqual([50]);
    pair.append(feedId, 1, 2);
    pair.meet();
    expect(pair.forks.map(({ seq }) => seq)).toEqual([1]);
    expect(bodiesOf(pair)).toEqual([50]);
  });
});

describe("a misbehaving author", () => {
  const first = { seq: 1, previous: NO_HEAD.hash, kind: 1, body: new Uint8Array([1]) };

  test.each([
    ["leaves a gap", { ...first, seq: 2 }, "author"],
    ["breaks the chain", { ...first, previous: new Uint8Array(32).fill(1) }, "author"],
    ["is somebody else", first, "reader"],
  ] as const)("that %s is cut off", (_what, content, signer) => {
    const pair = new Pair();
    const feedId = pair.follow();
    const entry = signEntry(pair[signer].signKey, { feedId, ...content });
    const heard: FeedFrame[] = [];
    const closed: string[] = [];
    pair.forge(heard, closed).write(encodeFrame({ t: "entry", bytes: entry.bytes }));
    pair.settle();
    expect(pair.entries).toEqual([]);
    expect(closed).toEqual(["reset"]);
    expect([...pair.disks.reader.kept.keys()]).toEqual([]);
  });

  test("that changes a byte anywhere is cut off or gets nothing stored", () => {
    const pair = new Pair();
    const feedId = pair.follow();
    const { bytes } = signEntry(pair.author.signKey, { feedId, ...first });
    for (let at = 0; at < bytes.length; at += 3) {
      const mutated = bytes.slice();
      mutated[at] = (mutated[at] ?? 0) ^ 0x40;
      pair.forge([], []).write(encodeFrame({ t: "entry", bytes: mutated }));
      pair.settle();
    }
    expect(pair.entries).toEqual([]);
    pair.forge([], []).write(encodeFrame({ t: "entry", bytes }));
    pair.settle();
    expect(bodiesOf(pair)).toEqual([1]);
  });

  test("may have so many entries in flight and not one more", () => {
    for (const extra of [0, 1]) {
      const pair = new Pair();
      const feedId = pair.follow();
      const heard: FeedFrame[] = [];
      const closed: string[] = [];
      const stream = pair.forge(heard, closed);
      let previous = NO_HEAD.hash;
      for (let seq = 1; seq <= ENTRIES_IN_FLIGHT_MAX + extra; seq++) {
        const entry = signEntry(pair.author.signKey, { feedId, ...first, seq, previous });
        previous = suite.sha256(entry.bytes);
        stream.write(encodeFrame({ t: "entry", bytes: entry.bytes }));
      }
      while (pair.net.busy) pair.net.step();
      pair.settle();
      expect(closed).toEqual(extra === 0 ? [] : ["reset"]);
      expect(pair.entries.length).toBe(ENTRIES_IN_FLIGHT_MAX);
    }
  });
});

describe("limits of an author", () => {
  test("so many appends wait for the disk and not one more", () => {
    const pair = new Pair();
    const feedId = pair.own();
    const codes: (string | undefined)[] = [];
    for (let count = 0; count < APPENDS_WAITING_MAX + 2; count++) {
      const draft = { body: new Uint8Array(1) };
      pair.feeds.author.append(
        feedId,
        1,
        () => draft,
        (error) => codes.push(error?.code),
      );
    }
    expect(codes).toEqual(["busy"]);
    pair.settle();
    expect(codes.length).toBe(APPENDS_WAITING_MAX + 2);
    expect(pair.feeds.author.headSeq(feedId)).toBe(APPENDS_WAITING_MAX + 1);
  });

  test("so many feeds go to one reader and not one more", () => {
    const pair = new Pair();
    const ids = Array.from({ length: OFFERS_PER_READER_MAX + 1 }, (_, number) =>
      pair.own(Uint8Array.of(number >> 8, number & 255)),
    );
    for (const id of ids.slice(1)) pair.feeds.author.offer(id, pair.reader.id);
    expect(() => pair.feeds.author.offer(ids[0] ?? "", pair.reader.id)).toThrow("at most");
  });

  test("all feeds of one reader come over one stream", () => {
    const pair = new Pair();
    for (let number = 0; number < OFFERS_PER_READER_MAX; number++) {
      const label = Uint8Array.of(number >> 8, number & 255);
      const feedId = pair.own(label);
      pair.follow(label);
      pair.append(feedId, number & 255);
      pair.feeds.author.offer(feedId, pair.reader.id);
    }
    pair.settle();
    pair.meet();
    expect(pair.entries.length).toBe(OFFERS_PER_READER_MAX);
    expect(pair.feeds.author.nextDeadlineMs()).toBeLessThan(Number.POSITIVE_INFINITY);
    pair.settle(2);
    expect(pair.feeds.author.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });
});
