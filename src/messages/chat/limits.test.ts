import { describe, expect, test } from "vitest";
import type { Coop, Fellow } from "../../../test/support/coop.ts";
import { suite } from "../../../test/support/hamlet.ts";
import { makeLocalIdentity } from "../../identity/index.ts";
import { encodeCbor, WireError } from "../../wire/index.ts";
import { TEXT_BYTES_MAX } from "../limits.ts";
import { SENDER_KEY_FRAMES_MAX } from "../ratchet/limits.ts";
import { type Card, readCard, signCard } from "./card.ts";
import { Change } from "./change.ts";
import type { ChatContext } from "./context.ts";
import { Conversation } from "./conversation.ts";
import { decodeKeys, encodeKeys } from "./entries.ts";
import type { ChatFeed } from "./feed.ts";
import { entriesBy, feedBy, Intruder } from "./intruder.fixture.ts";
import type { ChatItem } from "./item.ts";
import {
  CARD_AHEAD_MS,
  CARD_BYTES_MAX,
  CHAIN_LIFE_MS,
  CHAT_DEVICES_MAX,
  CHAT_DEVICES_PER_PERSON_MAX,
  CHAT_ENTRY_BYTES_MAX,
  CHAT_MESSAGES_MAX,
  DEVICE_BYTES_MAX,
  FEED_BYTES_MAX,
  FEEDS_PER_DEVICE_MAX,
  GROUP_BYTES_MAX,
  KEY_BOX_BYTES_MAX,
  KEYS_PER_ENTRY_MAX,
  LINES_PER_FRAME_MAX,
  SEEN_FEEDS_MAX,
} from "./limits.ts";
import { decodeChatFrame, haveFrames, seenOf } from "./protocol.ts";
import { Reader } from "./reader.ts";
import { list, say, texts, village } from "./village.fixture.ts";

const GROUP = "ab".repeat(16);

function feed(device: string, generation: number, sizeBytes: number, count = 1): ChatFeed {
  const id = suite.sha256(new TextEncoder().encode(`${device} ${generation}`));
  return {
    ...{
      id: Buffer.from(id.subarray(0, 16)).toString("hex"),
      device,
      generation,
      count,
      sizeBytes,
    },
    ...{ epoch: new Uint8Array(32), head: "00".repeat(32), isForked: false },
    ...{ key: undefined, readsFrom: 0, openedTo: 0 },
  };
}

/** A chat with these feeds, put one after another as they would come. */
function withFeeds(...feeds: readonly ChatFeed[]): Conversation {
  const chat = new Conversation(GROUP);
  for (const one of feeds) {
    const change = new Change(chat);
    change.setFeed(one);
    change.batch();
    change.commit();
  }
  return chat;
}

const device = (number: number): string => `fd${number.toString(16).padStart(30, "0")}`;
const generations = (chat: Conversation, of: string): number[] =>
  [...chat.feedsOf(of)].map(({ generation }) => generation);

describe("what is kept of a group is bounded", () => {
  test("feeds of a device: as many as may be, and with one more the oldest goes", () => {
    const feeds = (count: number): ChatFeed[] =>
      Array.from({ length: count }, (_, at) => feed(device(1), at + 1, 10));
    const full = withFeeds(...feeds(FEEDS_PER_DEVICE_MAX));
    expect(generations(full, device(1))).toHaveLength(FEEDS_PER_DEVICE_MAX);
    expect(full.floors.size).toBe(0);
    const over = withFeeds(...feeds(FEEDS_PER_DEVICE_MAX + 1));
    expect(generations(over, device(1))).toHaveLength(FEEDS_PER_DEVICE_MAX);
    expect(generations(over, device(1))).not.toContain(1);
    expect(over.floors.get(device(1))).toBe(1);
  });

  test("bytes of a device: the oldest feed goes with the first byte too many, never the last one", () => {
    const half = DEVICE_BYTES_MAX / 2;
    const full = withFeeds(feed(device(1), 1, half), feed(device(1), 2, half));
    expect(generations(full, device(1))).toEqual([1, 2]);
    const over = withFeeds(feed(device(1), 1, half), feed(device(1), 2, half + 1));
    expect(generations(over, device(1))).toEqual([2]);
    expect(over.sizeBytes).toBe(half + 1);
  });

  test("bytes of a group: who takes most loses a feed, and those who write little lose nothing", () => {
    const heavy = Array.from({ length: 5 }, (_, at) => feed(device(at + 1), 1, 12_582_912));
    const room = GROUP_BYTES_MAX - 5 * 12_582_912;
    const full = withFeeds(feed(device(9), 1, room), ...heavy);
    expect(full.sizeBytes).toBe(GROUP_BYTES_MAX);
    expect(full.feeds.size).toBe(6);
    const over = withFeeds(feed(device(9), 1, room), ...heavy, feed(device(8), 1, 1));
    expect(over.sizeBytes).toBeLessThanOrEqual(GROUP_BYTES_MAX);
    expect(generations(over, device(9))).toEqual([1]);
    expect(generations(over, device(8))).toEqual([1]);
    expect(over.feeds.size).toBe(6);
  });

  test("messages: who has written most loses the oldest", () => {
    const chat = new Conversation(GROUP);
    const item = (author: string): Omit<ChatItem, "id"> => ({
      ...{ author, device: device(1), generation: 1, seq: 2, kind: "text", sentAtMs: 1 },
      ...{ mark: "00".repeat(6), replyTo: undefined, file: undefined, isUnread: true },
      memberCount: 0,
    });
    const quiet = "01".repeat(16);
    const loud = "02".repeat(16);
    const put = (author: string, count: number): void => {
      const change = new Change(chat);
      for (let at = 0; at < count; at++) change.addItem(item(author), new Uint8Array(0));
      change.batch();
      change.commit();
    };
    put(quiet, 10);
    put(loud, CHAT_MESSAGES_MAX - 10);
    expect(chat.items).toHaveLength(CHAT_MESSAGES_MAX);
    put(loud, 1);
    expect(chat.items).toHaveLength(CHAT_MESSAGES_MAX);
    expect([chat.authors.get(quiet), chat.unreadCount]).toEqual([10, CHAT_MESSAGES_MAX]);
    expect(chat.item("g00000000000b")).toBeUndefined();
    put(quiet, 1);
    expect(chat.authors.get(quiet)).toBe(11);
  });

  test("devices, of a group and of a person; cards of days to come", () => {
    const { reader, change, group, card } = cards();
    for (let at = 0; at < CHAT_DEVICES_PER_PERSON_MAX; at++) {
      expect(reader.takeCard(change, group, card(at, "same"))).toBe(true);
    }
    expect(reader.takeCard(change, group, card(99, "same"))).toBe(false);
    expect(reader.takeCard(change, group, card(100, "other", CARD_AHEAD_MS))).toBe(true);
    expect(reader.takeCard(change, group, card(101, "third", CARD_AHEAD_MS + 1))).toBe(false);
    const known = readCard(suite, () => "00".repeat(16), GROUP, card(0, "same"));
    for (let at = [...change.cards()].length; at < CHAT_DEVICES_MAX - 1; at++) {
      change.setCard({ ...known, device: device(at), person: device(at) } as Card);
    }
    expect(reader.takeCard(change, group, card(102, "last"))).toBe(true);
    expect(reader.takeCard(change, group, card(103, "one too many"))).toBe(false);
    // Somebody is a member no more: their device gives way.
    const has = (person: string): boolean => person !== device(50);
    expect(reader.takeCard(change, { ...group, has }, card(103, "one too many"))).toBe(true);
    expect([...change.cards()]).toHaveLength(CHAT_DEVICES_MAX);
    expect(change.card(device(50))).toBeUndefined();
  });
});

/** A reader for whom everybody is a member, and cards of made-up devices. */
function cards() {
  const nowMs = 1_000_000;
  const people = { stands: () => true, vouch: (_: unknown, proof: Uint8Array) => hex(proof) };
  const context = { suite, people, clock: { wallMs: () => nowMs } };
  const reader = new Reader(context as unknown as ChatContext);
  const has = (): boolean => true;
  const group = { id: GROUP, isIn: true, epoch: "", has, members: () => [] };
  const card = (number: number, person: string, aheadMs = 0): Uint8Array => {
    const secret = suite.sha256(Uint8Array.of(1, number), new TextEncoder().encode(person));
    const identity = makeLocalIdentity(suite, secret, secret);
    const proof = suite.sha256(new TextEncoder().encode(person)).subarray(0, 16);
    const terms = { group: new Uint8Array(16).fill(0xab), proof, bundle: new Uint8Array(102) };
    return signCard(identity, { ...terms, atMs: nowMs + aheadMs });
  };
  return { reader, change: new Change(new Conversation(GROUP)), group, card };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

describe("forms are bounded", () => {
  test("a card, keys in an entry, a sealed key", () => {
    const { card } = cards();
    const vouch = (): string => "00".repeat(16);
    const long = new Uint8Array(CARD_BYTES_MAX + 1);
    long.set(card(1, "x"));
    expect(() => readCard(suite, vouch, GROUP, long)).toThrow(WireError);
    const epoch = new Uint8Array(32);
    const box = (sizeBytes: number) => ({ device: device(1), box: new Uint8Array(sizeBytes) });
    const boxes = (count: number) => Array.from({ length: count }, () => box(235));
    const read = (count: number) => decodeKeys(encodeKeys(1, { epoch, boxes: boxes(count) }));
    expect(read(KEYS_PER_ENTRY_MAX).boxes).toHaveLength(KEYS_PER_ENTRY_MAX);
    expect(() => read(KEYS_PER_ENTRY_MAX + 1)).toThrow("Too many keys");
    const one = (sizeBytes: number) =>
      decodeKeys(encodeKeys(1, { epoch, boxes: [box(sizeBytes)] }));
    expect(one(KEY_BOX_BYTES_MAX).boxes).toHaveLength(1);
    expect(() => one(KEY_BOX_BYTES_MAX + 1)).toThrow("too long");
    // The greatest entries fit: keys for as many devices as may be, and the longest text.
    expect(encodeKeys(1, { epoch, boxes: boxes(KEYS_PER_ENTRY_MAX) }).length + 256).toBeLessThan(
      CHAT_ENTRY_BYTES_MAX,
    );
    expect(TEXT_BYTES_MAX + 2_048).toBeLessThan(CHAT_ENTRY_BYTES_MAX);
  });

  test("lines of a frame, feeds of which is told what was opened", () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ device: device(at), generation: 1, end: 1 }));
    expect(haveFrames(lines(LINES_PER_FRAME_MAX))).toHaveLength(1);
    expect(haveFrames(lines(LINES_PER_FRAME_MAX + 1))).toHaveLength(2);
    const bad = { t: "seen", l: new Uint8Array(14 * SEEN_FEEDS_MAX + 14) };
    expect(() => decodeChatFrame(encode(bad))).toThrow(WireError);
    const opened = Array.from({ length: SEEN_FEEDS_MAX + 1 }, (_, at) => ({
      ...feed(device(1), at + 1, 10),
      ...{ readsFrom: 1, openedTo: 1 },
    }));
    const seen = seenOf(withFeeds(...opened), device(1));
    expect([...seen.keys()].sort()).toEqual([2, 3, 4, 5]);
  });
});

function encode(value: Record<string, unknown>): Uint8Array {
  return encodeCbor(value as Parameters<typeof encodeCbor>[0]);
}

describe("a sender key", () => {
  const feeds = (on: Fellow, id: string, of: Fellow): number =>
    new Set(entriesBy(on, id, of).map(({ feedId }) => feedId)).size;

  test("seals so many messages, then a new one is made; all arrive in order", () => {
    const { coop, id, all } = village(1, ["anna", "ben"]);
    const [anna, ben] = all as [Fellow, Fellow];
    const numbers = Array.from({ length: SENDER_KEY_FRAMES_MAX + 1 }, (_, at) => `${at}`);
    for (const text of numbers.slice(0, -1)) say(coop, id, anna, text);
    expect(feeds(anna, id, anna)).toBe(1);
    say(coop, id, anna, `${SENDER_KEY_FRAMES_MAX}`);
    expect(feeds(anna, id, anna)).toBe(2);
    coop.pass(60_000);
    expect(texts(ben.heard)).toEqual(numbers);
    expect(list(coop, id, anna).every(({ state }) => state === "everybody")).toBe(true);
  }, 60_000);

  test("lives for so long, and not a moment longer", () => {
    const { coop, id, all } = village(2, ["anna", "ben"]);
    const [anna] = all as [Fellow, Fellow];
    say(coop, id, anna, "one");
    coop.clock.advance(CHAIN_LIFE_MS - 1);
    say(coop, id, anna, "two");
    expect(feeds(anna, id, anna)).toBe(1);
    coop.clock.advance(1);
    say(coop, id, anna, "three");
    expect(feeds(anna, id, anna)).toBe(2);
  });
});

test("a member who floods fills no more than a device may", () => {
  const { coop, id, all } = village(3, ["anna", "ben", "mallory"]);
  const [anna, ben, mallory] = all as [Fellow, Fellow, Fellow];
  say(coop, id, ben, "small");
  coop.pass(5_000);
  flood(coop, id, anna, new Intruder(coop, mallory));
  let bytes = 0;
  for (const { bytes: entry } of entriesBy(anna, id, mallory)) bytes += entry.length;
  expect(bytes).toBeGreaterThan(FEED_BYTES_MAX / 2);
  expect(bytes).toBeLessThanOrEqual(FEED_BYTES_MAX);
  expect(texts(list(coop, id, anna))).toEqual(["small"]);
  expect(entriesBy(anna, id, ben).length).toBeGreaterThan(1);
}, 60_000);

/** Sends one feed that is longer than feeds may be. */
function flood(coop: Coop, id: string, victim: Fellow, intruder: Intruder): void {
  const bodies = Array.from({ length: 270 }, () => new Uint8Array(48_000));
  intruder.call(victim, id);
  for (const entry of feedBy(intruder.who, id, 5, bodies)) {
    intruder.write({ t: "entries", l: [entry] });
    coop.pass(1);
  }
}
