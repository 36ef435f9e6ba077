import { describe, expect, test } from "vitest";
import { type Faults, heal, mischief, stumble } from "../../test/support/mischief.ts";
import { introduce, Village, type Villager } from "../../test/support/village.ts";
import type { Message } from "./types.ts";

const RUNS = 1_000;

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

/** Random sends among crashes, cuts and full disks; then everything is well again. */
function randomRun(seed: number, faults: Faults): number {
  const village = new Village(seed);
  const pair: readonly [Villager, Villager] = [village.add("anna"), village.add("ben")];
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
    expect(came.every((m) => m.readable)).toBe(true);
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
  });
});
