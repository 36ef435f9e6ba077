import { describe, expect, test } from "vitest";
import { introduce, suite, Village, type Villager } from "../../../test/support/village.ts";
import { decodeInvite } from "../invite.ts";
import { tagOf } from "./finder.ts";
import { FIND_PER_HOUR, FINDABLE_MS, STRAINED_VIOLATIONS } from "./limits.ts";

const DAY_MS = 86_400_000;

function personOf(villager: Villager): string {
  return villager.identity.person.personId;
}

/** Five people in a row, each knowing the next; edges are older than 14 days. */
function row(seed: number): { village: Village; row: Villager[] } {
  const village = new Village(seed);
  const people = ["anna", "ben", "cleo", "dora", "emil"].map((name) => village.add(name));
  for (const [at, host] of people.entries()) {
    const guest = people[at + 1];
    if (guest !== undefined) introduce(village, host, guest);
  }
  village.clock.advance(15 * DAY_MS);
  return { village, row: people };
}

function decide(village: Village, who: Villager, change: object): void {
  const { strangers } = who.live;
  strangers.setSettings({ ...strangers.settings, ...change }, () => undefined);
  village.settle();
}

function ask(village: Village, from: Villager, target: Villager): string {
  let token: Uint8Array | undefined;
  from.live.contacts.createInvite(
    [],
    (_error, invite) => {
      token = invite && decodeInvite(suite, invite.link).token;
    },
    { usesMax: 1 },
  );
  village.settle();
  const { signKey, dhKey } = from.identity.person;
  const devices = [from.identity.signKey.publicKey];
  const own = { signKey: signKey.publicKey, dhKey: dhKey.publicKey, devices, name: from.name };
  const { person } = target.identity;
  const whom = { personId: person.personId, signKey: person.signKey.publicKey };
  let outcome = "never";
  const said = { text: "May I join?", token: token ?? new Uint8Array(16) };
  from.live.strangers.askFor(own, whom, said, (error) => {
    outcome = error?.code ?? "none";
  });
  village.settle();
  return outcome;
}

describe("a search over contacts of contacts", () => {
  test("is off until those in between and the one who is meant have said so", () => {
    const { village, row: people } = row(1);
    const [anna, ben, cleo, dora] = people as [Villager, Villager, Villager, Villager];
    expect(ask(village, anna, dora)).toBe("no-way");
    decide(village, ben, { relay: true });
    decide(village, cleo, { relay: true });
    expect(ask(village, anna, dora)).toBe("no-way");
    decide(village, dora, { findable: true });
    expect(ask(village, anna, dora)).toBe("none");
    const [request] = dora.live.strangers.requests();
    expect(request).toMatchObject({
      personId: personOf(anna),
      by: personOf(cleo),
      hops: 2,
      text: "May I join?",
    });
    dora.live.strangers.answer(request?.id ?? "", "accept", undefined, () => undefined);
    for (let minute = 0; minute < 5; minute++) {
      village.settle();
      village.clock.advance(60_000);
      for (const { rooms } of village.all) rooms?.contacts.tick();
    }
    const met = anna.live.contacts.byPerson(personOf(dora));
    expect(met?.state).toBe("met");
    expect(anna.live.strangers.sent().at(-1)?.state).toBe("not-unwanted");
    expect(dora.live.contacts.about.get(personOf(anna))?.met).toMatchObject({
      kind: "introduced",
      hops: 2,
    });
    decide(village, dora, { findable: false });
    expect(ask(village, ben, dora)).toBe("no-way");
  });

  test("goes over three introducers and not over four", () => {
    const { village, row: people } = row(2);
    const last = village.add("frida");
    introduce(village, people[4] as Villager, last);
    for (const one of people) decide(village, one, { relay: true, findable: true });
    decide(village, last, { findable: true });
    expect(ask(village, people[0] as Villager, people[4] as Villager)).toBe("none");
    expect(ask(village, people[0] as Villager, last)).toBe("no-way");
  });

  test("is answered so often for one contact and not once more, and a word to be findable ends", () => {
    const { village, row: people } = row(3);
    const [anna, ben, cleo] = people as [Villager, Villager, Villager];
    decide(village, ben, { relay: true });
    decide(village, cleo, { findable: true });
    const outcomes: string[] = [];
    for (let search = 0; search <= FIND_PER_HOUR; search++) {
      outcomes.push(ask(village, anna, cleo) === "no-way" ? "no-way" : "found");
    }
    expect(outcomes).toEqual([...Array<string>(FIND_PER_HOUR).fill("found"), "no-way"]);
    village.clock.advance(FINDABLE_MS);
    expect(ask(village, anna, cleo)).toBe("no-way");
  });
});

test("a search over an introducer who is careful finds no way: the introduction would be refused", () => {
  const { village, row: people } = row(4);
  const [anna, ben, cleo, dora] = people as [Villager, Villager, Villager, Villager];
  for (const one of [ben, cleo]) decide(village, one, { relay: true });
  decide(village, dora, { findable: true });
  for (let time = 0; time < STRAINED_VIOLATIONS; time++) {
    decide(village, dora, { findable: false });
    decide(village, dora, { findable: true });
    expect(ask(village, anna, dora)).toBe("none");
    const [request] = dora.live.strangers.requests();
    dora.live.strangers.answer(request?.id ?? "", "unwanted", undefined, () => undefined);
    village.settle();
    village.clock.advance(5 * DAY_MS);
  }
  decide(village, dora, { findable: false });
  decide(village, dora, { findable: true });
  expect(cleo.live.strangers.isStrained(personOf(dora))).toBe(true);
  expect(cleo.live.strangers.isTainted(personOf(ben))).toBe(true);
  expect(ask(village, ben, dora)).toBe("no-way");
  const emma = village.add("emma");
  introduce(village, cleo, emma);
  expect(ask(village, emma, dora)).toBe("none");
});

test("a tag is another one every day and for everybody", () => {
  const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const tags = [tagOf(suite, one, 0), tagOf(suite, one, DAY_MS), tagOf(suite, other, 0)];
  expect(new Set(tags.map(String)).size).toBe(3);
  expect(tagOf(suite, one, DAY_MS - 1)).toEqual(tags[0]);
});
