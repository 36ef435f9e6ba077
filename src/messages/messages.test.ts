import { describe, expect, test } from "vitest";
import { type Faults, heal, mischief, stumble } from "../../test/support/mischief.ts";
import { introduce, Village, type Villager } from "../../test/support/village.ts";
import { type Item, idOf, itemWrite, nextNumberWrite } from "./item.ts";
import { TEXT_BYTES_MAX, UNREAD_PER_PERSON_MAX, WAITING_PER_PERSON_MAX } from "./limits.ts";
import type { MessagesQuery } from "./options.ts";
import type { Message } from "./types.ts";

/** The bench runs more of them. */
const RUNS = Number(process.env["PEERNET_RUNS"] ?? 300);

function send(from: Villager, to: Villager, text: string): { message: Message | undefined } {
  const sent: { message: Message | undefined } = { message: undefined };
  from.live.messages.send(to.identity.person.personId, text, (error, message) => {
    if (error !== null) throw error;
    sent.message = message;
  });
  return sent;
}

function list(village: Village, of: Villager, withPerson?: Villager): readonly Message[] {
  let found: readonly Message[] | undefined;
  const query = withPerson && { withPerson: withPerson.identity.person.personId };
  of.live.messages.list({ ...query, limit: 500 }, (error, messages) => {
    if (error !== null) throw error;
    found = messages;
  });
  while (found === undefined && village.step());
  return found ?? [];
}

describe("two people who have met", () => {
  test("a message arrives once, is delivered, then read", () => {
    const village = new Village(1);
    const [anna, ben] = [village.add("anna"), village.add("ben")];
    introduce(village, anna, ben);
    expect(ben.live.contacts.all().map((c) => [c.petname, c.state])).toEqual([["anna", "met"]]);
    expect(anna.live.contacts.all().map((c) => [c.petname, c.state])).toEqual([["ben", "met"]]);
    const sent = send(anna, ben, "Hello\n\tBen ✨");
    village.settle();
    expect(sent.message?.state).toBe("waiting");
    expect(ben.told.map((m) => [m.text, m.state, m.direction])).toEqual([
      ["Hello\n\tBen ✨", "unread", "in"],
    ]);
    expect(anna.states.map((m) => [m.id, m.state, m.text])).toEqual([
      [sent.message?.id, "delivered", "Hello\n\tBen ✨"],
    ]);
    expect(anna.live.messages.waitingCount()).toBe(0);
    expect(ben.live.messages.unreadCount()).toBe(1);
    ben.live.messages.markRead(anna.identity.person.personId, () => {});
    village.settle();
    expect(ben.live.messages.unreadCount()).toBe(0);
    expect(list(village, ben).map((m) => m.state)).toEqual(["read"]);
  });
});

/** Writes `count` items of a conversation straight to a peer's disk and restarts it. */
function plant(village: Village, on: Villager, count: number, item: Omit<Item, "id">): void {
  village.crash(on, 0);
  for (let number = 1; number <= count; number++) {
    const { key, value } = itemWrite({ ...item, id: idOf(number) });
    if (value !== null) on.disk.kept.set(key, value);
  }
  const { key, value } = nextNumberWrite(count + 1);
  if (value !== null) on.disk.kept.set(key, value);
  village.start(on);
  village.settle(3);
}

test("far more messages than a channel takes at a time go out in one go, both ways", () => {
  const village = new Village(9);
  const [anna, ben] = [village.add("anna"), village.add("ben")];
  introduce(village, anna, ben);
  const texts = Array.from({ length: 600 }, (_, at) => `${at}`);
  for (const text of texts) send(anna, ben, text);
  for (const text of texts) send(ben, anna, text);
  village.settle();
  expect(ben.told.map(({ text }) => text)).toEqual(texts);
  expect(anna.told.map(({ text }) => text)).toEqual(texts);
  expect(anna.live.messages.waitingCount() + ben.live.messages.waitingCount()).toBe(0);
});

describe("limits", () => {
  const planted = {
    ...{
      kind: "text" as const,
      sentAtMs: 1,
      deliveredAtMs: null,
      mark: undefined,
      replyTo: undefined,
    },
    ...{ file: undefined, from: undefined, sendings: [], oldPlace: undefined },
  } as const;

  test("unread messages fill an inbox; the next one waits with its sender until some are read", () => {
    const village = new Village(3);
    const [anna, ben] = [village.add("anna"), village.add("ben")];
    introduce(village, anna, ben);
    const { personId } = anna.identity.person;
    const item = { ...planted, personId, direction: "in", state: "unread" } as const;
    plant(village, ben, UNREAD_PER_PERSON_MAX - 1, item);
    send(anna, ben, "the last that fits");
    send(anna, ben, "one too many");
    village.settle(3);
    expect(ben.live.messages.unreadCount(personId)).toBe(UNREAD_PER_PERSON_MAX);
    expect(ben.told.map((m) => m.text)).toEqual(["the last that fits"]);
    expect(anna.live.messages.waitingCount()).toBe(1);
    // Who has no room keeps the pause, however often it is heard.
    village.net.cut(anna.identity.id, ben.identity.id);
    village.settle();
    const tries = village.net.opened.length;
    for (let time = 0; time < 5; time++) anna.live.messages.peerReachable(ben.identity.id);
    village.settle();
    expect(village.net.opened).toHaveLength(tries);
    ben.live.messages.markRead(personId, (error) => expect(error).toBeNull());
    village.settle(3);
    expect(ben.told.map((m) => m.text)).toEqual(["the last that fits", "one too many"]);
    expect(ben.live.messages.unreadCount()).toBe(1);
    expect(anna.live.messages.waitingCount()).toBe(0);
  });

  test("so many messages wait for one person and not one more", () => {
    const village = new Village(4);
    const [anna, ben] = [village.add("anna"), village.add("ben")];
    introduce(village, anna, ben);
    village.part(anna, ben);
    const { personId } = ben.identity.person;
    const item = { ...planted, personId, direction: "out", state: "waiting" } as const;
    plant(village, anna, WAITING_PER_PERSON_MAX - 1, item);
    const codes: string[] = [];
    for (const text of ["fits", "does not"]) {
      anna.live.messages.send(personId, text, (error) => codes.push(error?.code ?? "none"));
      village.settle();
    }
    expect(codes).toEqual(["none", "too-many-waiting"]);
  });

  test("pages are cut at their limit and go on after an id", () => {
    const village = new Village(5);
    const [anna, ben] = [village.add("anna"), village.add("ben")];
    introduce(village, anna, ben);
    for (let number = 0; number < 7; number++) send(anna, ben, `${number}`);
    village.settle();
    const texts = (query: MessagesQuery): string[] => {
      let found: string[] = [];
      ben.live.messages.list(query, (_error, messages) => {
        found = messages.map((m) => m.text);
      });
      village.settle();
      return found;
    };
    expect(texts({ limit: 3 })).toEqual(["4", "5", "6"]);
    const all = list(village, ben);
    expect(texts({ limit: 3, afterId: all[1]?.id ?? "" })).toEqual(["2", "3", "4"]);
    expect(texts({ afterId: all[5]?.id ?? "" })).toEqual(["6"]);
    expect(texts({ limit: 3, beforeId: all[4]?.id ?? "" })).toEqual(["1", "2", "3"]);
    expect(texts({ limit: 3, beforeId: all[1]?.id ?? "" })).toEqual(["0"]);
    expect(texts({ beforeId: all[0]?.id ?? "" })).toEqual([]);
    const between = { afterId: all[1]?.id ?? "", beforeId: all[4]?.id ?? "" };
    expect(texts(between)).toEqual(["2", "3"]);
    expect(texts({ withPerson: "00".repeat(16) })).toEqual([]);
    expect(all.map((m) => m.id)).toEqual(all.map((m) => m.id).sort());
  });

  test("nothing goes to people who are no contacts, and nothing that is no text", () => {
    const village = new Village(6);
    const [anna, ben] = [village.add("anna"), village.add("ben")];
    const codes: string[] = [];
    const attempt = (text: string): void => {
      anna.live.messages.send(ben.identity.person.personId, text, (error) =>
        codes.push(error?.code ?? "none"),
      );
      village.settle();
    };
    attempt("hello");
    introduce(village, anna, ben);
    for (const text of ["", " \n\u200b", "\u0000", "a".repeat(TEXT_BYTES_MAX + 1), "hello"])
      attempt(text);
    anna.disk.full = true;
    attempt("hello");
    expect(codes).toEqual([
      "unknown-person",
      "empty",
      "empty",
      "bad-characters",
      "too-long",
      "none",
      "disk-full",
    ]);
    expect(ben.told.map((m) => m.text)).toEqual(["hello"]);
  });
});

/** Random sends among crashes, cuts and full disks; then everything is well again. */
function randomRun(seed: number, faults: Faults): number {
  const village = new Village(seed);
  // In a quarter of the runs both have ML-KEM-768, in another one of them.
  const pair: readonly [Villager, Villager] = [
    village.add("anna", undefined, seed % 4 > 1),
    village.add("ben", undefined, seed % 4 > 2),
  ];
  const [anna, ben] = pair;
  const { random } = village;
  introduce(village, ...pair);
  const accepted = new Map<Villager, string[]>(pair.map((villager) => [villager, []]));
  const attempts = new Map<Villager, string[]>(pair.map((villager) => [villager, []]));
  const actions = 8 + (random.u32() % 24);
  for (let action = 0; action < actions; action++) {
    const [one, other] = random.u32() % 2 === 0 ? [anna, ben] : [ben, anna];
    if (random.u32() % 2 === 0) mischief(village, one, other, faults);
    else if (one.rooms?.ready === true) {
      const text = `${one.name} ${action}`;
      attempts.get(one)?.push(text);
      one.live.messages.send(other.identity.person.personId, text, (error) => {
        if (error === null) accepted.get(one)?.push(text);
        else expect(error.code).toBe("disk-full");
      });
    }
    stumble(village);
  }
  heal(village, pair, faults);
  let count = 0;
  for (const [from, to] of [
    [anna, ben],
    [ben, anna],
  ] as const) {
    const sent = list(village, from).filter((m) => m.direction === "out");
    const came = list(village, to).filter((m) => m.direction === "in");
    const texts = sent.map((m) => m.text);
    expect(came.map((m) => m.text)).toEqual(texts);
    expect(came.every((m) => m.kind === "text")).toBe(true);
    expect(sent.map((m) => m.state)).toEqual(sent.map(() => "delivered"));
    // Everything confirmed is there, in order; what else is there was tried before a crash.
    expect(texts.filter((text) => accepted.get(from)?.includes(text))).toEqual(accepted.get(from));
    expect(texts).toEqual(attempts.get(from)?.filter((text) => texts.includes(text)));
    expect(new Set(texts).size).toBe(texts.length);
    const toldIds = to.told.map((m) => m.id);
    expect(new Set(toldIds).size).toBe(toldIds.length);
    expect(from.live.messages.waitingCount()).toBe(0);
    count += came.length;
  }
  return count;
}

describe("exactly once", () => {
  test(`in ${RUNS} random runs of sending, cutting, crashing and full disks`, () => {
    const faults: Faults = { crashes: 0, parts: 0, cuts: 0, diskFull: 0 };
    let messages = 0;
    for (let seed = 0; seed < RUNS; seed++) {
      try {
        messages += randomRun(seed, faults);
      } catch (error) {
        if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`;
        throw error;
      }
    }
    for (const [fault, count] of Object.entries({ ...faults, messages })) {
      expect(count, fault).toBeGreaterThan(RUNS / 10);
    }
  }, 300_000);
});
