import { describe, expect, test } from "vitest";
import { bodiesOf, Pair } from "../../test/support/feed-pair.ts";
import { suite } from "../../test/support/village.ts";
import { signEntry } from "./entry.ts";
import { NO_HEAD } from "./head.ts";
import { ENTRIES_IN_FLIGHT_MAX } from "./limits.ts";
import { encodeFrame, type FeedFrame } from "./protocol.ts";

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
