import { expect } from "vitest";
import { FrameSplitter } from "../../src/feed/frame-splitter.ts";
import type { FeedEntry, FeedId, ForkProof } from "../../src/feed/index.ts";
import { FeedManager } from "../../src/feed/index.ts";
import { FEED_FRAME_BYTES_MAX } from "../../src/feed/limits.ts";
import { decodeFrame, FEED_SERVICE, type FeedFrame } from "../../src/feed/protocol.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
} from "../../src/identity/index.ts";
import { type RecordWrite, SILENT_LOG } from "../../src/ports/index.ts";
import type { SessionPort, Stream } from "../../src/session/index.ts";
import { ManualClock, testIdentity, testRandom } from "../../src/testing/index.ts";
import { MemoryRecords } from "./memory-records.ts";
import { SessionNet } from "./session-net.ts";
import { suite } from "./village.ts";

const LABEL = new Uint8Array([7]);

/** Two peers on one clock: "author" writes, "reader" follows. */
export class Pair {
  readonly clock: ManualClock = new ManualClock();
  readonly net: SessionNet = new SessionNet(testRandom("pair"));
  readonly author: LocalIdentity = testIdentity(suite, "author");
  readonly reader: LocalIdentity = testIdentity(suite, "reader");
  readonly disks: { readonly author: MemoryRecords; readonly reader: MemoryRecords } = {
    author: new MemoryRecords(),
    reader: new MemoryRecords(),
  };
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

/** The first byte of every entry that the reader was told of. */
export function bodiesOf(pair: Pair): number[] {
  return pair.entries.map(({ body }) => body[0] ?? -1);
}
