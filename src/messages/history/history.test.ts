import { describe, expect, test } from "vitest";
import { introduce, suite, Village, type Villager } from "../../../test/support/village.ts";
import { utf8 } from "../../base/bytes.ts";
import { type LocalIdentity, makeLocalIdentity } from "../../identity/index.ts";
import { type Item, idOf, itemWrite, nextNumberWrite, textKey } from "../item.ts";
import {
  HISTORY_AGE_MS,
  HISTORY_FOLLOW_MS,
  HISTORY_ITEMS_PER_LETTER_MAX,
  HISTORY_LETTERS_MAX,
  HISTORY_MESSAGES_MAX,
  HISTORY_PER_CONVERSATION_MAX,
  HISTORY_TAKEN_MS,
  TEXT_BYTES_MAX,
} from "../limits.ts";
import { Shelf } from "../shelf.ts";
import type { Message } from "../types.ts";
import { planOf } from "./giving.ts";
import { decodePage, encodePage, type OldMessage } from "./page.ts";

const HISTORY = 9;

function deviceOf(person: string, device: string): LocalIdentity {
  const seed = (text: string): Uint8Array => suite.sha256(utf8(text));
  return makeLocalIdentity(suite, seed(`device ${device}`), seed(`person ${person}`));
}

/** Anna, and Ben's laptop, which have met. */
function start(seed: number): { village: Village; anna: Villager; laptop: Villager } {
  const village = new Village(seed);
  village.clock.setWallMs(1_800_000_000_000);
  const anna = village.add("anna");
  const laptop = village.add("laptop", deviceOf("ben", "laptop"));
  introduce(village, anna, laptop);
  return { village, anna, laptop };
}

/** Ben's phone: what pairing brings is planted, as it knows Anna afterwards. */
function addPhone(village: Village, anna: Villager, isKnownToAnna = true): Villager {
  const phone = village.add("phone", deviceOf("ben", "phone"));
  village.settle(20);
  const isKnown = phone.live.contacts.byPerson(anna.identity.person.personId) !== undefined;
  if (!isKnown) introduce(village, anna, phone);
  if (!isKnownToAnna) village.part(anna, phone);
  village.settle(20);
  return phone;
}

function say(village: Village, from: Villager, to: Villager, text: string, replyTo?: string): void {
  from.live.messages.send(to.identity.person.personId, { text, replyTo }, (error) => {
    if (error !== null) throw error;
  });
  village.settle(1);
}

function list(village: Village, of: Villager): readonly Message[] {
  let found: readonly Message[] | undefined;
  of.live.messages.list({ limit: 500 }, (error, messages) => {
    if (error !== null) throw error;
    found = messages;
  });
  village.settle();
  return found ?? [];
}

function give(village: Village, from: Villager, to: Villager): string {
  let code = "";
  from.live.messages.history.give(to.identity.id, (error) => {
    code = error?.code ?? "none";
  });
  village.settle(5);
  return code;
}

const seen = (messages: readonly Message[]) =>
  messages.map(({ text, direction, state }) => [text, direction, state]);

describe("a new device", () => {
  test("is given what was written before, in its order, with what was read and what answers what", () => {
    const { village, anna, laptop } = start(1);
    say(village, anna, laptop, "one");
    laptop.live.messages.markRead(anna.identity.person.personId, () => undefined);
    village.settle();
    say(village, laptop, anna, "two", list(village, laptop)[0]?.id);
    say(village, anna, laptop, "three");
    const phone = addPhone(village, anna);
    say(village, anna, laptop, "four");
    expect(seen(list(village, phone))).toEqual([["four", "in", "unread"]]);
    expect(give(village, laptop, phone)).toBe("none");
    const found = list(village, phone);
    expect(seen(found)).toEqual([
      ["one", "in", "read"],
      ["two", "out", "sent"],
      ["three", "in", "unread"],
      ["four", "in", "unread"],
    ]);
    expect(found[1]?.replyTo).toBe(found[0]?.id);
    expect(laptop.live.messages.history.given()).toMatchObject([
      { device: phone.identity.id, givenCount: 4, totalCount: 4, isDone: true },
    ]);
    // A second time changes nothing.
    expect(give(village, laptop, phone)).toBe("none");
    expect(seen(list(village, phone))).toHaveLength(4);
    // What is read there is read here.
    phone.live.messages.markRead(anna.identity.person.personId, () => undefined);
    village.settle(3);
    expect(laptop.live.messages.unreadCount()).toBe(0);
    // An answer there to something of the past is one for its sender.
    say(village, phone, anna, "answer", found[2]?.id);
    const answer = list(village, anna).at(-1);
    expect(list(village, anna).find(({ id }) => id === answer?.replyTo)?.text).toBe("three");
  });

  test("is handed what comes from those who do not know it yet, once, whoever is faster", () => {
    const { village, anna, laptop } = start(2);
    const phone = addPhone(village, anna);
    village.part(anna, phone);
    expect(give(village, laptop, phone)).toBe("none");
    say(village, anna, laptop, "on its way");
    village.settle(3);
    expect(phone.told.map(({ text, state }) => [text, state])).toEqual([["on its way", "unread"]]);
    village.join(anna, phone);
    village.settle(20);
    expect(list(village, phone).map(({ text }) => text)).toEqual(["on its way"]);
    expect(anna.live.messages.waitingCount()).toBe(0);
    village.part(laptop, phone);
    say(village, anna, laptop, "straight");
    village.settle(3);
    village.join(laptop, phone);
    village.settle(20);
    expect(list(village, phone).map(({ text }) => text)).toEqual(["on its way", "straight"]);
    village.clock.advance(HISTORY_FOLLOW_MS + 1);
    village.part(anna, phone);
    say(village, anna, laptop, "too late for that");
    village.settle(3);
    expect(list(village, phone)).toHaveLength(2);
  });

  test("gets the rest where either side died in the middle", () => {
    const { village, anna, laptop } = start(3);
    const count = HISTORY_PER_CONVERSATION_MAX;
    for (let number = 0; number < count; number++) {
      anna.live.messages.send(
        laptop.identity.person.personId,
        `${number}`.padEnd(900, "x"),
        () => {},
      );
    }
    village.settle(3);
    const phone = addPhone(village, anna);
    for (const effects of [0, 1, 2, 3, 5, 8]) {
      laptop.live.messages.history.give(phone.identity.id, () => undefined);
      for (let step = 0; step < 200 + 90 * effects; step++) village.step();
      const one = effects % 2 === 0 ? laptop : phone;
      village.crash(one, effects);
      village.start(one);
      village.settle(2);
    }
    village.settle(20);
    const texts = list(village, phone).map(({ text }) => text.replace(/x+$/, ""));
    expect(texts).toEqual(Array.from({ length: count }, (_, number) => `${number}`));
  });

  test("is none that is not this person's", () => {
    const { village, anna, laptop } = start(4);
    expect(give(village, laptop, anna)).toBe("unknown-person");
    expect(give(village, laptop, laptop)).toBe("unknown-person");
    expect(laptop.live.messages.history.given()).toEqual([]);
  });

  test("waits for so many letters at a time, and what is revoked gets nothing", () => {
    const { village, anna, laptop } = start(5);
    const text = "y".repeat(TEXT_BYTES_MAX);
    for (let number = 0; number < HISTORY_LETTERS_MAX + 3; number++) {
      say(village, anna, laptop, text.slice(0, TEXT_BYTES_MAX - number));
    }
    const phone = addPhone(village, anna);
    laptop.live.messages.history.give(phone.identity.id, () => undefined);
    village.part(laptop, phone);
    village.settle(2);
    const waiting = (): number =>
      [...laptop.disk.kept.keys()].filter((key) =>
        key.startsWith(`messages/o/${phone.identity.id}`),
      ).length;
    expect(waiting()).toBe(HISTORY_LETTERS_MAX);
    laptop.live.messages.deviceRevoked(phone.identity.id);
    village.settle();
    expect([waiting(), laptop.live.messages.history.given().length]).toEqual([0, 0]);
  });
});

describe("what is told of the past", () => {
  const old = (anna: Villager, text: string, number = 1): OldMessage => ({
    personId: anna.identity.person.personId,
    mark: number.toString(16).padStart(12, "0"),
    ...{ direction: "in", isRead: false, replyTo: undefined, file: undefined },
    ...{ sentAtMs: 1_800_000_000_000, text },
  });
  const page = (messages: readonly OldMessage[]) => ({
    kind: HISTORY,
    content: encodePage({ isLast: true, isLive: false, messages }),
  });

  test("is taken of own devices alone, while this home is new", () => {
    const { village, anna, laptop } = start(6);
    const phone = addPhone(village, anna);
    anna.live.messages.sendLetter(phone.identity.id, page([old(anna, "a lie")]), () => undefined);
    village.settle(3);
    expect(list(village, phone)).toEqual([]);
    village.clock.advance(HISTORY_TAKEN_MS);
    const late = page([old(anna, "too late")]);
    laptop.live.messages.sendLetter(phone.identity.id, late, () => undefined);
    village.settle(3);
    expect(list(village, phone)).toEqual([]);
  });

  test("is not taken of people who are no contacts, nor in a form that no Peernet writes", () => {
    const { village, anna, laptop } = start(7);
    const phone = addPhone(village, anna);
    const stranger = { ...old(anna, "who?"), personId: "ab".repeat(16) };
    const controls = old(anna, "\u001b[2J", 2);
    const file = {
      ...old(anna, "", 3),
      file: { link: "https://example.org", name: "x", mediaType: "", sizeBytes: 1 },
    };
    const empty = old(anna, "", 4);
    for (const one of [stranger, controls, file, empty]) {
      laptop.live.messages.sendLetter(phone.identity.id, page([one]), () => undefined);
    }
    const cut = page([old(anna, "cut", 5)]).content.subarray(0, 30);
    for (const content of [cut, Uint8Array.of(), Uint8Array.of(0, 9)]) {
      laptop.live.messages.sendLetter(
        phone.identity.id,
        { kind: HISTORY, content },
        () => undefined,
      );
    }
    const good = page([old(anna, "good", 6)]);
    laptop.live.messages.sendLetter(phone.identity.id, good, () => undefined);
    village.settle(5);
    expect(list(village, phone).map(({ text }) => text)).toEqual(["good"]);
  });

  test("has a form and bounds", () => {
    const { anna } = start(8);
    const file = {
      link: `peernet:object/${"a".repeat(241)}`,
      ...{ name: "n".repeat(255), mediaType: "m".repeat(127), sizeBytes: 2 ** 50 },
    };
    const largest: OldMessage = {
      ...old(anna, "t".repeat(TEXT_BYTES_MAX)),
      ...{ file, replyTo: "0f".repeat(6), direction: "out", isRead: true },
    };
    const made = { isLast: false, isLive: true, messages: [largest] };
    const bytes = encodePage(made);
    expect(decodePage(bytes)).toEqual(made);
    expect(bytes.length).toBeLessThan(TEXT_BYTES_MAX + 1_024 - 16);
    const many = (count: number): Uint8Array =>
      encodePage({
        ...made,
        messages: Array.from({ length: count }, () => old(anna, "x")),
      });
    expect(decodePage(many(HISTORY_ITEMS_PER_LETTER_MAX)).messages).toHaveLength(
      HISTORY_ITEMS_PER_LETTER_MAX,
    );
    expect(() => decodePage(many(HISTORY_ITEMS_PER_LETTER_MAX + 1))).toThrow("too many");
  });
});

describe("which messages are given", () => {
  const item = (number: number, more: Partial<Item> = {}): Item => ({
    ...{ id: idOf(number), personId: "p", direction: "in", kind: "text", state: "read" },
    ...{ sentAtMs: HISTORY_AGE_MS, mark: "00", replyTo: undefined, file: undefined },
    ...{ from: undefined, sendings: [], deliveredAtMs: null, oldPlace: undefined },
    ...more,
  });
  const plan = (items: readonly Item[], beginNumber: number): readonly string[] => {
    const shelf = new Shelf();
    for (const one of items) shelf.put(one);
    const begun = { beginId: idOf(beginNumber), startedAtMs: 2 * HISTORY_AGE_MS };
    const giving = { device: "d", cursorId: "", givenCount: 0, isDone: false, ...begun };
    return planOf(shelf, giving, ({ personId }) => personId !== "stranger").map(({ id }) => id);
  };

  test("the newest of each conversation, none that is too old, unreadable or later than the beginning", () => {
    const items = [
      item(1, { sentAtMs: HISTORY_AGE_MS - 1 }),
      item(2, { kind: "unreadable" }),
      item(3, { mark: undefined }),
      item(4, { personId: "stranger" }),
      item(5),
      item(6, { personId: "q" }),
      item(7),
    ];
    expect(plan(items, 7)).toEqual([idOf(6), idOf(5)]);
    expect(plan(items, 8)).toEqual([idOf(7), idOf(6), idOf(5)]);
  });

  test("so many of one conversation, and so many in all", () => {
    const one = Array.from({ length: HISTORY_PER_CONVERSATION_MAX + 1 }, (_, at) => item(at + 1));
    expect(plan(one, 10_000)).toHaveLength(HISTORY_PER_CONVERSATION_MAX);
    expect(plan(one, 10_000)).not.toContain(idOf(1));
    const all = Array.from({ length: HISTORY_MESSAGES_MAX + 1 }, (_, at) =>
      item(at + 1, { personId: `${at % 50}` }),
    );
    expect(plan(all, 10_000)).toHaveLength(HISTORY_MESSAGES_MAX);
  });
});

test("a home of before has no place before its messages: it stays as it is", () => {
  const { village, anna, laptop } = start(9);
  say(village, anna, laptop, "past");
  const phone = addPhone(village, anna);
  village.crash(phone, Number.MAX_SAFE_INTEGER);
  const nothing = { replyTo: undefined, file: undefined, from: undefined, oldPlace: undefined };
  const said = { kind: "text", direction: "in", state: "read", sentAtMs: 1 } as const;
  const { personId } = anna.identity.person;
  const item = { id: idOf(1), mark: "ff".repeat(6), sendings: [], deliveredAtMs: null };
  for (const { key, value } of [
    itemWrite({ ...nothing, ...said, ...item, personId }),
    nextNumberWrite(2),
  ]) {
    if (value !== null) phone.disk.kept.set(key, value);
  }
  phone.disk.kept.set(textKey(idOf(1)), utf8("here before"));
  village.start(phone);
  village.settle(5);
  give(village, laptop, phone);
  expect(list(village, phone).map(({ text }) => text)).toEqual(["here before"]);
});
