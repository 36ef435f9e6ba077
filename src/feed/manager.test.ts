import { describe, expect, test } from "vitest";
import { bodiesOf, Pair } from "../../test/support/feed-pair.ts";
import { FrameSplitter } from "./frame-splitter.ts";
import { NO_HEAD } from "./head.ts";
import {
  ANSWER_TIMEOUT_MS,
  APPENDS_WAITING_MAX,
  FEED_FRAME_BYTES_MAX,
  FEEDS_MAX,
  OFFERS_PER_READER_MAX,
  READERS_MAX,
  RETRY_FIRST_MS,
} from "./limits.ts";
import { decodeFrame, encodeFrame, FEED_SERVICE, type FeedFrame } from "./protocol.ts";

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

describe("a reader that accepts the stream", () => {
  /** A reader of a raw stream that says what the test wants it to. */
  function rawReader(pair: Pair, answer: (frame: FeedFrame) => FeedFrame | undefined): string[] {
    const closed: string[] = [];
    pair.sessions.reader.serve(FEED_SERVICE, (stream) => {
      const splitter = new FrameSplitter(FEED_FRAME_BYTES_MAX);
      return {
        onData: (bytes) =>
          splitter.push(bytes, (content) => {
            const reply = answer(decodeFrame(content));
            if (reply !== undefined) stream.write(encodeFrame(reply));
          }),
        onEnd: () => stream.end(),
        onDrain: () => {},
        onClose: (reason) => closed.push(reason),
      };
    });
    return closed;
  }

  test("and then says nothing is given up after a while, and tried again", () => {
    const pair = new Pair();
    const feedId = pair.own();
    const closed = rawReader(pair, () => undefined);
    pair.feeds.author.offer(feedId, pair.reader.id);
    pair.append(feedId, 1);
    pair.meet();
    pair.clock.advance(ANSWER_TIMEOUT_MS - 1);
    pair.feeds.author.tick();
    pair.settle();
    expect(closed).toEqual([]);
    pair.clock.advance(1);
    pair.feeds.author.tick();
    pair.settle();
    expect(closed).toEqual(["reset"]);
    const retryMs = pair.feeds.author.nextDeadlineMs() - pair.clock.monotonicMs();
    expect(retryMs).toBeGreaterThanOrEqual(RETRY_FIRST_MS / 2);
    expect(retryMs).toBeLessThanOrEqual(RETRY_FIRST_MS);
  });

  test("and acknowledges what was never sent changes nothing", () => {
    const pair = new Pair();
    const feedId = pair.own();
    const none: FeedFrame = { t: "have", feeds: [{ feedId, ...NO_HEAD }] };
    const closed = rawReader(pair, ({ t }) =>
      t === "offer" ? none : { t: "ack", feedId, seq: 2 },
    );
    pair.feeds.author.offer(feedId, pair.reader.id);
    pair.append(feedId, 1);
    pair.meet();
    expect(closed).toEqual(["reset"]);
    expect(pair.acknowledged).toEqual([]);
  });

  test("and claims to have more than there is gets no entry, and the author hears of it", () => {
    const pair = new Pair();
    const feedId = pair.own();
    const heard: string[] = [];
    rawReader(pair, ({ t }) => {
      heard.push(t);
      const more = { feedId, seq: 9, hash: new Uint8Array(32).fill(1) };
      return t === "offer" ? { t: "have", feeds: [more] } : undefined;
    });
    pair.feeds.author.offer(feedId, pair.reader.id);
    pair.append(feedId, 1);
    pair.meet();
    pair.settle(3);
    expect(heard).toEqual(["offer"]);
    expect(pair.troubles).toEqual(["author behind"]);
    expect(pair.acknowledged).toEqual([]);
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

  test("so many feeds are kept, own and followed together, and not one more", () => {
    const pair = new Pair();
    const label = (number: number): Uint8Array => Uint8Array.of(number >> 8, number & 255);
    for (let number = 0; number < FEEDS_MAX - 1; number++) pair.own(label(number));
    const follow = (number: number): string =>
      pair.feeds.author.follow(pair.reader.signKey.publicKey, label(number), {
        onEntry: () => [],
        onPersisted: () => {},
        onFork: () => {},
        onTrouble: () => {},
      });
    expect(follow(0)).toMatch(/^[0-9a-f]{32}$/);
    expect(() => follow(1)).toThrow("at most");
    expect(() => pair.own(label(FEEDS_MAX))).toThrow("at most");
    expect(pair.own(label(0))).toMatch(/^[0-9a-f]{32}$/);
  });

  test("feeds go to so many readers and not one more", () => {
    const pair = new Pair();
    const feedId = pair.own();
    const offer = (number: number): void =>
      pair.feeds.author.offer(feedId, `fd${number.toString(16).padStart(30, "0")}`);
    for (let number = 0; number < READERS_MAX; number++) offer(number);
    expect(() => offer(READERS_MAX)).toThrow("at most");
    expect(() => offer(0)).not.toThrow();
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
