import { describe, expect, test } from "vitest";
import { introduce, Village, type Villager } from "../../../test/support/village.ts";
import type { Contact } from "../types.ts";
import { INTRODUCTION_LIFE_MS, REQUEST_TEXT_BYTES_MAX } from "./limits.ts";
import type { StrangerRequest, TrayAnswer } from "./types.ts";

const HOUR_MS = 3_600_000;

function personOf(villager: Villager): string {
  return villager.identity.person.personId;
}

/** Cleo knows Anna and Ben, who do not know each other; all edges are older than 14 days. */
function triangle(seed: number): {
  village: Village;
  anna: Villager;
  ben: Villager;
  cleo: Villager;
} {
  const village = new Village(seed);
  const [anna, ben, cleo] = [village.add("anna"), village.add("ben"), village.add("cleo")];
  introduce(village, cleo, anna);
  introduce(village, cleo, ben);
  village.clock.advance(15 * 24 * HOUR_MS);
  return { village, anna, ben, cleo };
}

/** Lets everything happen that does within some minutes. */
function soon(village: Village): void {
  for (let minute = 0; minute < 8; minute++) {
    village.settle();
    village.clock.advance(60_000);
    for (const { rooms } of village.all) {
      rooms?.contacts.tick();
      rooms?.strangers.tick();
      rooms?.messages.tick();
    }
  }
  village.settle();
}

function bringTogether(
  village: Village,
  by: Villager,
  one: Villager,
  other: Villager,
  text = "",
): string {
  let outcome = "never";
  by.live.strangers.introduce(personOf(one), personOf(other), text, (error) => {
    outcome = error?.code ?? "none";
  });
  soon(village);
  return outcome;
}

function only(villager: Villager): StrangerRequest {
  const [request] = villager.live.strangers.requests();
  if (request === undefined) throw new RangeError(`${villager.name} has no request.`);
  return request;
}

function answer(village: Village, villager: Villager, how: TrayAnswer, petname?: string): string {
  let outcome = "never";
  villager.live.strangers.answer(only(villager).id, how, petname, (error) => {
    outcome = error?.code ?? "none";
  });
  soon(village);
  return outcome;
}

function states(villager: Villager): [string, Contact["state"]][] {
  return villager.live.contacts.all().map(({ petname, state }) => [petname, state]);
}

describe("an introduction", () => {
  test("comes to both with the introducer's names, and both accept: they have met and can write", () => {
    const { village, anna, ben, cleo } = triangle(1);
    expect(bringTogether(village, cleo, anna, ben, "You both bake.")).toBe("none");
    expect(only(ben)).toMatchObject({
      personId: personOf(anna),
      name: "anna",
      calls: "anna",
      by: personOf(cleo),
      hops: 1,
      text: "You both bake.",
    });
    expect(cleo.live.strangers.sent().map(({ state }) => state)).toEqual([
      "delivered",
      "delivered",
    ]);
    expect(answer(village, ben, "accept", "Bakery")).toBe("none");
    expect(states(ben)).toEqual([
      ["Bakery", "asked"],
      ["cleo", "met"],
    ]);
    expect(states(anna)).toEqual([["cleo", "met"]]);
    expect(answer(village, anna, "accept")).toBe("none");
    soon(village);
    expect([states(anna), states(ben)]).toEqual([
      [
        ["ben", "met"],
        ["cleo", "met"],
      ],
      [
        ["Bakery", "met"],
        ["cleo", "met"],
      ],
    ]);
    expect(anna.live.contacts.about.get(personOf(ben))?.met).toMatchObject({
      kind: "introduced",
      by: personOf(cleo),
      name: "cleo",
      calls: "ben",
    });
    const ended = cleo.live.strangers.sent().map(({ state }) => state);
    expect(ended).toEqual(["not-unwanted", "not-unwanted"]);
    anna.live.messages.send(personOf(ben), "Rolls on Sunday?", () => undefined);
    soon(village);
    expect(ben.told.map(({ text }) => text)).toEqual(["Rolls on Sunday?"]);
  });

  test("declined: nobody hears of it, and nobody becomes a contact", () => {
    const { village, anna, ben, cleo } = triangle(2);
    bringTogether(village, cleo, anna, ben);
    expect(answer(village, ben, "decline")).toBe("none");
    expect(answer(village, anna, "accept")).toBe("none");
    soon(village);
    expect(states(anna)).toContainEqual(["ben", "asked"]);
    expect(anna.live.contacts.byPerson(personOf(ben))?.refusal).toBe("busy");
    expect(states(ben)).toEqual([["cleo", "met"]]);
    expect(cleo.live.strangers.sent().map(({ state }) => state)).toEqual([
      "not-unwanted",
      "not-unwanted",
    ]);
    expect(ben.live.strangers.standing(personOf(cleo))).toEqual({
      violations: 0,
      closedForMs: 0,
      reserved: 0,
    });
  });

  test("unwanted: the edge closes for 22 hours, the introducer is told, and it survives a crash", () => {
    const { village, anna, ben, cleo } = triangle(3);
    const dora = village.add("dora");
    introduce(village, cleo, dora);
    bringTogether(village, cleo, anna, ben);
    expect(answer(village, ben, "unwanted")).toBe("none");
    const { violations, closedForMs } = ben.live.strangers.standing(personOf(cleo));
    expect([violations, Math.round(closedForMs / HOUR_MS)]).toEqual([1, 22]);
    expect(cleo.live.strangers.sent().map(({ state }) => state)).toContain("unwanted");
    village.crash(ben, 0);
    village.start(ben);
    soon(village);
    bringTogether(village, cleo, dora, ben);
    expect(ben.live.strangers.requests()).toEqual([]);
    const [forDora, forBen] = cleo.live.strangers.sent().slice(2);
    expect([forDora?.state, forBen?.state]).toEqual(["delivered", "refused"]);
    village.clock.advance(22 * HOUR_MS);
    bringTogether(village, cleo, dora, ben);
    expect(only(ben).personId).toBe(personOf(dora));
  });

  test("waits for an introduced person who is away, and lapses after seven days", () => {
    const { village, anna, ben, cleo } = triangle(4);
    village.part(cleo, ben);
    bringTogether(village, cleo, anna, ben);
    expect(ben.live.strangers.requests()).toEqual([]);
    village.join(cleo, ben);
    soon(village);
    expect(only(ben).personId).toBe(personOf(anna));
    expect(ben.live.strangers.standing(personOf(cleo)).reserved).toBe(1);
    village.clock.advance(INTRODUCTION_LIFE_MS);
    for (const villager of village.all) villager.live.strangers.tick();
    village.settle();
    expect(ben.live.strangers.requests()).toEqual([]);
    expect(ben.live.strangers.standing(personOf(cleo)).reserved).toBe(0);
    expect(cleo.live.strangers.sent()).toEqual([]);
  });

  test("of people who are no contacts, of one person, with too long a text: refused", () => {
    const { village, anna, ben, cleo } = triangle(5);
    const dora = village.add("dora");
    expect(bringTogether(village, cleo, anna, dora)).toBe("unknown-contact");
    expect(bringTogether(village, cleo, anna, anna)).toBe("same-person");
    const longest = "ü".repeat(REQUEST_TEXT_BYTES_MAX / 2);
    expect(bringTogether(village, cleo, anna, ben, `${longest}.`)).toBe("too-long");
    expect(bringTogether(village, cleo, anna, ben, longest)).toBe("none");
    expect(only(ben).text).toBe(longest);
  });
});
