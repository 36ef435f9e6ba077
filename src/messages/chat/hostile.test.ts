import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Coop, Fellow } from "../../../test/support/coop.ts";
import { suite } from "../../../test/support/hamlet.ts";
import { TypedError } from "../../base/errors.ts";
import { signEntry } from "../../feed/index.ts";
import { readCard, readKeptCard } from "./card.ts";
import { decodeKeys, decodeSpoken, ENTRY, headOf, hexBytes } from "./entries.ts";
import { decodeFeed } from "./feed.ts";
import { cardOf, entriesBy, feedBy, flipped, Intruder } from "./intruder.fixture.ts";
import { decodeChatItem } from "./item.ts";
import { TAKEN_IN_FLIGHT_MAX } from "./limits.ts";
import { decodeChatFrame, decodeSeen, encodeSeen, readLines } from "./protocol.ts";
import { list, say, texts, village } from "./village.fixture.ts";

interface Scene {
  readonly coop: Coop;
  readonly id: string;
  readonly anna: Fellow;
  readonly ben: Fellow;
  readonly mallory: Intruder;
}

/** Mallory is a member, and has left her program for one of her own. */
function scene(seed: number): Scene {
  const { coop, id, all } = village(seed, ["anna", "ben", "mallory"]);
  const [anna, ben, mallory] = all as [Fellow, Fellow, Fellow];
  say(coop, id, ben, "one");
  say(coop, id, ben, "two");
  coop.pass(5_000);
  return { coop, id, anna, ben, mallory: new Intruder(coop, mallory) };
}

describe("a hostile member", () => {
  test("cannot bring what was there already, or in another order, a second time", () => {
    const { coop, id, anna, ben, mallory } = scene(1);
    const entries = entriesBy(anna, id, ben).map(({ bytes }) => bytes);
    expect(entries.length).toBeGreaterThanOrEqual(3);
    mallory.call(anna, id);
    mallory.send({ t: "entries", l: entries });
    mallory.send({ t: "entries", l: [...entries].reverse() });
    coop.pass(5_000);
    expect(mallory.heard.filter(({ t }) => t === "took")).toHaveLength(2);
    expect(texts(anna.heard)).toEqual(["one", "two"]);
    expect(anna.chats.info(id).forked).toEqual([]);
  });

  test("cannot write in another's name, nor alter what another wrote", () => {
    const { coop, id, anna, ben, mallory } = scene(2);
    const last = entriesBy(anna, id, ben).at(-1);
    if (last === undefined) throw new RangeError("Ben has written.");
    const next = {
      ...{ feedId: last.feedId, seq: last.seq + 1, kind: ENTRY.message, body: last.body },
      previous: hexBytes(headOf(suite, last.bytes)),
    };
    const ownName = signEntry(mallory.who.identity.signKey, next).bytes;
    const forged = signEntry(
      { publicKey: ben.identity.signKey.publicKey, sign: () => new Uint8Array(64) },
      next,
    ).bytes;
    mallory.call(anna, id);
    mallory.send({ t: "entries", l: [ownName, forged, flipped(last.bytes, -1)] });
    expect(texts(anna.heard)).toEqual(["one", "two"]);
    expect(anna.chats.info(id).forked).toEqual([]);
    say(coop, id, ben, "three");
    coop.pass(5_000);
    expect(texts(anna.heard)).toEqual(["one", "two", "three"]);
  });

  test("who tells two stories is found out when they meet, and not heard under that key", () => {
    const { coop, id, anna, ben, mallory } = scene(3);
    coop.part(anna, ben);
    const story = (word: number): Uint8Array[] =>
      feedBy(mallory.who, id, 5, [new Uint8Array(40).fill(word), new Uint8Array(40)]);
    mallory.call(anna, id);
    mallory.send({ t: "entries", l: story(1) });
    mallory.call(ben, id);
    mallory.send({ t: "entries", l: story(2).slice(0, 2) });
    expect(anna.chats.info(id).forked).toEqual([]);
    coop.merge();
    coop.pass(10_000);
    expect(ben.chats.info(id).forked).toEqual([mallory.who.identity.id]);
    say(coop, id, anna, "still well");
    coop.pass(5_000);
    expect(texts(ben.heard)).toEqual(["still well"]);
  });

  test("what belongs to another group, or says another generation, is not taken", () => {
    const { coop, id, anna, mallory } = scene(4);
    const elsewhere = feedBy(mallory.who, "00".repeat(16), 5, []);
    const { signKey } = mallory.who.identity;
    const [first] = feedBy(mallory.who, id, 6, []).map((bytes) => bytes);
    const lied = feedBy(mallory.who, id, 7, []).map((bytes) => bytes)[0] ?? new Uint8Array(0);
    const mixed = signEntry(signKey, {
      ...{ feedId: "11".repeat(16), seq: 1, kind: ENTRY.keys, previous: new Uint8Array(32) },
      body: new Uint8Array(39),
    }).bytes;
    mallory.call(anna, id);
    mallory.send({ t: "entries", l: [...elsewhere, mixed] });
    mallory.send({ t: "entries", l: [flipped(lied, 60), first ?? lied] });
    coop.pass(5_000);
    expect(entriesBy(anna, id, mallory.who)).toHaveLength(mallory.isOver ? 0 : 1);
    expect(anna.chats.info(id).messages).toBe(2);
  });

  test("a message that no key opens is shown as unreadable at most once, and stops nothing", () => {
    const { coop, id, all } = village(9, ["anna", "mallory"]);
    const [anna, mallory] = all as [Fellow, Fellow];
    say(coop, id, mallory, "fine");
    coop.pass(5_000);
    const last = entriesBy(anna, id, mallory).at(-1);
    if (last === undefined) throw new RangeError("She has written.");
    const intruder = new Intruder(coop, mallory);
    const garbage = signEntry(mallory.identity.signKey, {
      ...{ feedId: last.feedId, seq: last.seq + 1, kind: ENTRY.message, body: new Uint8Array(60) },
      previous: hexBytes(headOf(suite, last.bytes)),
    }).bytes;
    intruder.call(anna, id);
    for (let time = 0; time < 3; time++) intruder.send({ t: "entries", l: [garbage] });
    expect(anna.heard.map(({ kind }) => kind)).toEqual(["text", "unreadable"]);
    expect(list(coop, id, anna).at(-1)?.text).toContain("could not be read");
  });

  test("frames that are none, not due, or too many end the stream and nothing else", () => {
    const { coop, id, anna, ben, mallory } = scene(5);
    const bad = [
      new Uint8Array([0, 0, 0, 3, 1, 2, 3]),
      new Uint8Array([255, 255, 255, 255]),
      { t: "took" } as const,
      { t: "refused" } as const,
      { t: "entries", l: [new Uint8Array(100)] } as const,
      { t: "have", l: new Uint8Array(25), e: true } as const,
      { t: "seen", l: new Uint8Array(3) } as const,
    ];
    for (const frame of bad) {
      mallory.call(anna, id);
      expect(mallory.isOver).toBe(false);
      mallory.send(frame);
      expect(mallory.isOver).toBe(true);
    }
    mallory.call(anna, id);
    const bodies = Array.from({ length: 4 * TAKEN_IN_FLIGHT_MAX }, () => new Uint8Array(9_000));
    for (const entry of feedBy(mallory.who, id, 5, bodies)) {
      mallory.write({ t: "entries", l: [entry] });
    }
    // Nothing gets on the disk meanwhile.
    while (coop.net.busy) coop.net.step();
    coop.pass(1_000);
    expect(mallory.isOver).toBe(true);
    say(coop, id, anna, "still here");
    coop.pass(5_000);
    expect(texts(ben.heard)).toEqual(["still here"]);
  });

  test("cards of strangers, of others' making, and of days to come are not taken", () => {
    const { coop, id, anna, ben, mallory } = scene(6);
    const known = cardOf(anna, id, ben);
    const stranger = coop.add("stranger");
    mallory.call(anna, id);
    mallory.send({ t: "cards", l: [flipped(known.bytes, 60)] });
    expect(mallory.isOver).toBe(true);
    expect(cardOf(anna, id, ben).bytes).toEqual(known.bytes);
    // Who is no member is refused at once.
    const other = new Intruder(coop, stranger);
    other.call(anna, id);
    expect(other.heard).toEqual([{ t: "refused" }]);
    const silent = new Intruder(coop, ben);
    silent.call(anna, "22".repeat(16));
    expect(silent.heard).toEqual([{ t: "refused" }]);
  });

  test("who says to have what it never got changes only what it is told", () => {
    const { coop, id, anna, ben, mallory } = scene(7);
    const states = (): unknown[] => list(coop, id, ben).map(({ deliveredTo }) => deliveredTo);
    expect(list(coop, id, ben).map(({ state }) => state)).toEqual(["everybody", "everybody"]);
    const made = decodeKeys(entriesBy(ben, id, ben)[0]?.body ?? new Uint8Array(0));
    const lie = (from: number, to: number): Uint8Array =>
      encodeSeen(new Map([[made.generation, { from, to }]]));
    mallory.call(ben, id);
    mallory.send({ t: "seen", l: lie(9, 1) });
    expect(states()).toEqual([[anna.person], [anna.person]]);
    mallory.send({ t: "seen", l: lie(1, 4_000_000) });
    expect(list(coop, id, ben).map(({ state }) => state)).toEqual(["everybody", "everybody"]);
    say(coop, id, ben, "three");
    expect(states().at(-1)).toEqual([mallory.who.person]);
  });
});

test("whatever comes, decoders give a value or a typed error", () => {
  const vouch = (): string => "00".repeat(16);
  const decoders: ((bytes: Uint8Array) => unknown)[] = [
    decodeChatFrame,
    decodeKeys,
    decodeSpoken,
    decodeSeen,
    readLines,
    (bytes) => readKeptCard(suite, bytes),
    (bytes) => readCard(suite, vouch, "00".repeat(16), bytes),
    (bytes) => decodeFeed("00".repeat(16), bytes),
    (bytes) => decodeChatItem("g000000000001", bytes),
  ];
  let refused = 0;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(decoders.length - 1), (bytes, which) => {
      try {
        decoders[which]?.(bytes);
      } catch (error) {
        if (!(error instanceof TypedError)) throw error;
        refused++;
      }
    }),
    { seed: 11, numRuns: 3_000 },
  );
  expect(refused).toBeGreaterThan(1_000);
});
