import { expect, test } from "vitest";
import { type Member, Town } from "../../../test/support/commons.ts";
import { rulesOf } from "./drafting.ts";
import { makeEntry } from "./entry.ts";
import { nowS } from "./parts.ts";
import { keys } from "./shelf.ts";

const NAMES = ["anna", "ben", "cleo", "dora", "emil"] as const;
type Name = (typeof NAMES)[number];

interface Place {
  readonly town: Town;
  readonly by: (name: Name) => Member;
  readonly id: string;
}

/** A community of three stewards and two others in which both have paid. */
function place(seed: string, other: Parameters<Town["found"]>[1] = {}): Place {
  const town = new Town(seed);
  for (const name of NAMES) town.add(name);
  town.found(town.members.slice(0, 3), other);
  const by = (name: Name): Member => town.members[NAMES.indexOf(name)] as Member;
  for (let time = 0; time < 3; time++) {
    for (const [from, to] of [
      [by("dora"), by("emil")],
      [by("emil"), by("dora")],
    ] as const) {
      expect(town.pay(from, to, 10)).toBe("");
      town.pass();
    }
  }
  return { town, by, id: by("anna").commune.id };
}

function crash({ town }: Place, who: Member, harm: (kept: Map<string, Uint8Array>) => void): void {
  town.crash(who, Number.MAX_SAFE_INTEGER);
  harm(who.disk.kept);
}

/** Whether somebody's next start is stopped, with words on what to do and nothing changed. */
function expectRefusal({ town }: Place, who: Member): void {
  const before = new Map(who.disk.kept);
  town.start(who);
  while (who.disk.busy) who.disk.step();
  for (const part of ["Nothing was changed", "'peernet up --salvage'"]) {
    expect(who.refusal).toContain(part);
  }
  expect(who.disk.kept).toEqual(before);
  town.crash(who, 0);
}

function salvage({ town }: Place, who: Member): void {
  who.salvages = true;
  town.start(who);
  while (!who.isReady && town.step());
  who.salvages = false;
}

const factKeys = (who: Member, id: string): string[] =>
  [...who.disk.kept.keys()].filter((key) => key.startsWith(keys.fact(id, 0).slice(0, -8))).sort();

function expectSame({ town, by }: Place): void {
  town.pass(3_600_000);
  for (const each of town.members) {
    expect(each.commune.sum.bytes).toEqual(by("anna").commune.sum.bytes);
    expect([each.info.sum, each.own.isStopped]).toEqual([0, false]);
  }
}

/** What a steward's device says to the next order of somebody, other than the one that it has. */
function answerOf({ town }: Place, steward: Member, payer: Member, to: Member): string {
  const { chain } = payer.commune.ledger.account(payer.person);
  const entry = makeEntry(payer.commune.parts.suite, payer.identity.signKey, {
    ...{ account: payer.person, number: chain.count + 1, prev: chain.head, takes: [] },
    ...{ rules: rulesOf(payer.commune).id, atS: nowS(payer.commune.parts) },
    body: { t: "pay", to: to.person, amount: 1, memo: "" },
  });
  let said = "none";
  steward.commune.steward.answer(entry, undefined, [], (found) => {
    said = found.t === "word" ? "word" : found.code;
  });
  while (town.step());
  return said;
}

test("facts that are missing stop the start; with --salvage the rest goes on, and others bring them back", () => {
  const here = place("hole");
  const { town, by, id } = here;
  const dora = by("dora");
  const all = factKeys(dora, id);
  crash(here, dora, (kept) => void kept.delete(all[8] ?? ""));
  expectRefusal(here, dora);
  town.split([dora]);
  salvage(here, dora);
  const loss = { t: "community", id, currency: "coop hours", lost: 1 };
  // The other facts, and two records beside them.
  expect(dora.losses).toEqual([{ ...loss, kept: all.length + 1 }]);
  expect(town.pay(dora, by("emil"), 1)).toBe("stale");
  town.restart(dora);
  expect(town.pay(dora, by("emil"), 1)).toBe("stale");
  town.healAll();
  town.pass(5_000);
  expect(factKeys(dora, id)).toHaveLength(all.length);
  expect(town.pay(dora, by("emil"), 1)).toBe("");
  expectSame(here);
  expect(by("emil").own.settled).toBe(1);
  // Once it has caught up, a later start need not ask again.
  town.split([dora]);
  town.restart(dora);
  expect(dora.commune.isCatchingUp).toBe(false);
});

test("an order under way that is lost with its number is taken up again, and not written over", () => {
  const here = place("order");
  const { town, by, id } = here;
  const dora = by("dora");
  for (const name of ["ben", "cleo"] as const) town.crash(by(name), Number.MAX_SAFE_INTEGER);
  expect(town.pay(dora, by("emil"), 30)).toBe("");
  town.pass();
  crash(here, dora, (kept) => {
    kept.delete(keys.own(id));
    kept.delete(factKeys(dora, id).at(-2) ?? "");
  });
  salvage(here, dora);
  expect(town.pay(dora, by("emil"), 1)).not.toBe("");
  for (const name of ["ben", "cleo"] as const) town.start(by(name));
  town.pass(30_000);
  expect(by("emil").own.settled).toBe(30);
  expect(town.pay(dora, by("emil"), 1)).toBe("");
  expectSame(here);
});

test.each([
  ["the newest rules, and what it has signed", (key: string) => key.includes("/last/")],
  ["how it stands to the community", (key: string) => key.endsWith("/head")],
  ["all of it", () => true],
])("a steward that has lost %s signs nothing until the rules change", (_what, isGone) => {
  const here = place("steward");
  const { town, by, id } = here;
  const ben = by("ben");
  const change = (): void => {
    const wish = town.wish(town.members.slice(0, 3));
    town.ask((done) => by("anna").desk.changeRules(by("anna").commune, wish, done));
    town.pass();
    town.signAll(by("cleo"));
    town.pass();
  };
  change();
  crash(here, ben, (kept) => {
    for (const key of [...kept.keys()]) if (isGone(key)) kept.delete(key);
    if (kept.size === 0) kept.set(keys.last(id, by("dora").person), new Uint8Array(3));
    else kept.delete(factKeys(ben, id).at(-1) ?? "");
    // What comes after a hole is seen, whatever is at the end.
    kept.delete(keys.fact(id, 2));
  });
  expectRefusal(here, ben);
  town.split([ben]);
  salvage(here, ben);
  town.restart(ben);
  town.healAll();
  town.pass(10_000);
  expect([ben.info.isResting, ben.commune.ledger.current?.number]).toEqual([true, 2]);
  expect(answerOf(here, ben, by("dora"), by("emil"))).toBe("stale");
  town.pass(3_600_000);
  expect(ben.commune.isCatchingUp).toBe(false);
  expect(answerOf(here, ben, by("dora"), by("emil"))).toBe("stale");
  change();
  expect(ben.info.isResting).toBe(false);
  expect(town.pay(by("dora"), by("emil"), 5)).toBe("");
  expectSame(here);
});

test("a full disk leaves no hole behind: what is written next has the place of what was not", () => {
  const here = place("full");
  const { town, by } = here;
  const ben = by("ben");
  ben.disk.full = true;
  town.pay(by("dora"), by("emil"), 5);
  town.pass();
  ben.disk.full = false;
  town.pay(by("emil"), by("dora"), 2);
  town.pass();
  town.restart(ben);
  expect(ben.refusal).toBe("");
  expectSame(here);
});
