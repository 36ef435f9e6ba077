import { describe, expect, test } from "vitest";
import { type Member, Town } from "../../../test/support/commons.ts";
import { draftOrder, rulesOf } from "./drafting.ts";
import { makeEntry, makeSlip } from "./entry.ts";
import { Ledger } from "./ledger.ts";
import { nowS } from "./parts.ts";
import { placeOf } from "./seat.ts";
import { makeWord } from "./signed.ts";
import type { Entry, Matter, Signed, Word } from "./types.ts";

const NAMES = ["anna", "ben", "cleo", "dora", "emil", "evil"] as const;
type Name = (typeof NAMES)[number];

function town(
  seed: string,
  other: Parameters<Town["found"]>[1] = {},
): {
  town: Town;
  by: (name: Name) => Member;
} {
  const made = new Town(seed);
  for (const name of NAMES) made.add(name);
  made.found(made.members.slice(0, 3), other);
  const by = (name: Name): Member => made.members[NAMES.indexOf(name)] as Member;
  return { town: made, by };
}

/** A payment as the evil device signs it, wherever its account is. */
function pays(evil: Member, to: Member, amount: number, takes: readonly string[] = []): Entry {
  const { commune } = evil;
  const { chain } = commune.ledger.account(evil.person);
  return makeEntry(commune.parts.suite, evil.identity.signKey, {
    ...{ account: evil.person, number: chain.count + 1, prev: chain.head, takes },
    ...{ rules: rulesOf(commune).id, atS: nowS(commune.parts) },
    body: { t: "pay", to: to.person, amount, memo: "" },
  });
}

/** A word that a hostile steward gives without looking. */
function wordOf(steward: Member, matter: Matter): Word {
  const { signKey } = steward.identity;
  return makeWord(signKey, placeOf(rulesOf(steward.commune), signKey.publicKey) ?? 0, matter);
}

const signed = (matter: Matter, ...words: readonly Word[]): Signed => ({
  matter,
  words,
  consents: [],
});

function answerOf(steward: Member, entry: Entry): string {
  let answer = "none";
  steward.commune.steward.answer(entry, undefined, [], (found) => {
    answer = found.t === "word" ? "word" : found.code;
  });
  return answer;
}

describe("hostile stewards and members", () => {
  test("fewer stewards than needed forge nothing, whatever they send", () => {
    const { by } = town("forge");
    const entry = pays(by("evil"), by("emil"), 5_000);
    const matter = { t: "entry", entry } as const;
    const { ledger } = by("dora").commune;
    const word = wordOf(by("anna"), matter);
    const code = (what: Signed): string => {
      try {
        ledger.add(what);
        return "taken";
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(code(signed(matter, word))).toBe("too-few");
    expect(code(signed(matter, word, word))).toBe("bad-signature");
    expect(code(signed(matter, word, { seat: 1, signature: word.signature }))).toBe(
      "bad-signature",
    );
    expect(code(signed(matter, word, { seat: 9, signature: word.signature }))).toBe(
      "bad-signature",
    );
    const other = wordOf(by("ben"), { t: "late", entry });
    expect(code(signed(matter, word, other))).toBe("bad-signature");
    expect(ledger.account(by("evil").person).total).toBe(0n);
  });

  test("a stream that brings a forged signature ends, and nothing of it is taken", () => {
    const { town: place, by } = town("stream");
    const entry = pays(by("evil"), by("emil"), 5_000);
    const matter = { t: "entry", entry } as const;
    const word = wordOf(by("anna"), matter);
    const forged = signed(matter, word, { seat: 1, signature: word.signature });
    by("evil").commune.ledger.add(forged, true);
    by("evil").commune.sum.add(forged);
    for (const member of place.members) place.part(by("evil"), member);
    place.healAll();
    place.pass(5_000);
    for (const member of place.members.slice(0, -1)) {
      expect(member.accounts.get(by("emil").person)?.settled).toBe(0);
    }
  });

  test("a steward signs one of two orders with one number, also after a restart", () => {
    const { town: place, by } = town("twice");
    const [one, other] = [pays(by("evil"), by("dora"), 10), pays(by("evil"), by("emil"), 10)];
    expect(answerOf(by("anna"), one)).toBe("none");
    while (place.step());
    expect(answerOf(by("anna"), one)).toBe("word");
    expect(answerOf(by("anna"), other)).toBe("forked");
    place.restart(by("anna"));
    expect(answerOf(by("anna"), other)).toBe("forked");
    expect(answerOf(by("anna"), one)).toBe("word");
  });

  test("a word that the disk did not take is not given", () => {
    const { town: place, by } = town("disk");
    const anna = by("anna");
    anna.disk.full = true;
    let code = "";
    anna.commune.steward.answer(pays(by("evil"), by("dora"), 10), undefined, [], (answer) => {
      code = answer.t === "no" ? answer.code : "word";
    });
    while (place.step());
    expect(code).toBe("disk-full");
  });

  test("orders that are not the member's, too large, ahead of time, or of nobody are refused", () => {
    const { by } = town("orders", { creditLimit: 100, softLimit: 0 });
    const anna = by("anna");
    const { parts } = by("evil").commune;
    const base = pays(by("evil"), by("dora"), 10);
    const by2 = (change: Partial<Entry>, key = by("evil").identity.signKey): Entry =>
      makeEntry(parts.suite, key, { ...base, ...change });
    expect(answerOf(anna, by2({}, by("dora").identity.signKey))).toBe("bad-signature");
    expect(answerOf(anna, pays(by("evil"), by("dora"), 101))).toBe("limit");
    expect(answerOf(anna, by2({ atS: nowS(parts) + 86_401 }))).toBe("not-allowed");
    expect(answerOf(anna, by2({ number: 3 }))).toBe("gap");
    expect(answerOf(anna, by2({ prev: "0".repeat(64) }))).toBe("stale");
    expect(answerOf(anna, by2({ takes: ["0".repeat(64)] }))).toBe("gap");
    expect(answerOf(anna, by2({ rules: "0".repeat(64) }))).toBe("gap");
    const nobody = { t: "pay", to: "1".repeat(32), amount: 1, memo: "" } as const;
    expect(answerOf(anna, by2({ body: nobody }))).toBe("unknown-person");
    expect(answerOf(by("dora"), base)).toBe("not-allowed");
    // Exactly the limit is fine.
    expect(answerOf(by("ben"), pays(by("evil"), by("dora"), 100))).toBe("none");
  });

  test("two stories that a hostile steward helped with: both count, it is named, others go on", () => {
    const { town: place, by } = town("fork");
    const [one, other] = [pays(by("evil"), by("dora"), 900), pays(by("evil"), by("emil"), 900)];
    const both = [one, other].map((entry) => ({ t: "entry", entry }) as const);
    const [left, right] = both as [(typeof both)[0], (typeof both)[0]];
    // Anna is hostile; ben and cleo each saw one of the two.
    by("dora").commune.settle(signed(left, wordOf(by("anna"), left), wordOf(by("ben"), left)));
    by("emil").commune.settle(signed(right, wordOf(by("anna"), right), wordOf(by("cleo"), right)));
    place.pass(5_000);
    for (const member of place.members) {
      const account = member.accounts.get(by("evil").person);
      expect(account).toMatchObject({ settled: -1_800, isStopped: true });
      expect(account?.doubleSigners).toEqual([by("anna").person]);
      expect(member.info.sum).toBe(0);
    }
    expect(answerOf(by("ben"), pays(by("evil"), by("dora"), 1))).not.toBe("word");
    place.pay(by("dora"), by("emil"), 100);
    place.pass();
    expect(by("emil").own.settled).toBe(1_000);
  });

  test("what a teller answered for counts besides another story, within its share, and is borne as the rules say", () => {
    const names = new Town("names");
    const cleo = names.add("cleo").person;
    const tellers = [{ person: cleo, exposure: 100, perMember: 60 }];
    const { town: place, by } = town("late", {
      tellers,
      bearer: "teller",
      creditLimit: 50,
      softLimit: 0,
    });
    const pocket = [by("cleo"), by("emil")];
    const [one, other] = [pays(by("evil"), by("dora"), 50), pays(by("evil"), by("emil"), 50)];
    place.split(pocket);
    by("evil").commune.order(one, () => undefined);
    place.pass();
    expect(by("dora").own.settled).toBe(50);
    by("cleo").commune.answerFor(other, () => undefined);
    place.pass();
    expect(by("emil").own).toMatchObject({ settled: 0, unsettled: 50 });
    place.healAll();
    place.pass(60_000);
    for (const member of place.members) {
      expect(member.accounts.get(by("emil").person)?.settled).toBe(50);
      expect(member.accounts.get(by("evil").person)).toMatchObject({
        settled: -100,
        isStopped: true,
      });
      expect(member.info).toMatchObject({ sum: 0, exposure: [{ amount: 0 }] });
    }
    const cover = (from: string, amount: number): string =>
      place.ask((done) =>
        by("anna").desk.proposeAct(
          by("anna").commune,
          { t: "cover", from, to: by("evil").person, amount, memo: "" },
          done,
        ),
      );
    expect(cover(by("anna").commune.id, 50)).toBe("not-allowed");
    expect(cover(cleo, 101)).toBe("limit");
    expect(cover(cleo, 50)).toBe("");
    place.pass();
    place.signAll(by("ben"));
    expect(by("emil").accounts.get(cleo)?.settled).toBe(-50);
    expect(by("emil").info.sum).toBe(0);
  });

  test("stewards apart, of whom one has another story: a teller's slip still comes through", () => {
    const names = new Town("names");
    const cleo = names.add("cleo").person;
    const tellers = [{ person: cleo, exposure: 100, perMember: 60 }];
    const { town: place, by } = town("half", { tellers });
    const [one, other] = [pays(by("evil"), by("dora"), 50), pays(by("evil"), by("emil"), 50)];
    place.split([by("cleo"), by("emil")]);
    // Only anna has the other story: it never counts, and yet she does not sign the teller's as the only one.
    answerOf(by("anna"), one);
    place.pass();
    by("cleo").commune.answerFor(other, () => undefined);
    place.pass();
    place.crash(by("cleo"), 1e9);
    place.healAll();
    place.pass(90_000);
    expect(by("emil").own).toMatchObject({ settled: 50, unsettled: 0 });
    place.start(by("cleo"));
    place.pass(10_000);
    expect(by("cleo").commune.slips.size).toBe(0);
    expect(by("anna").info.sum).toBe(0);
  });

  test("a slip that no teller of the rules has signed is not heard", () => {
    const { by } = town("slip");
    const entry = pays(by("evil"), by("dora"), 5);
    const slip = makeSlip(by("evil").identity.signKey, by("cleo").person, entry);
    expect(() => by("dora").commune.hearSlip(slip, undefined)).toThrow("No teller");
  });

  test("the same facts in any order say the same", () => {
    const { town: place, by } = town("order", { levyPpm: 10_000, demurragePpm: 10_000 });
    for (const amount of [100, 70, 300]) {
      place.pay(by("dora"), by("emil"), amount);
      place.pass();
      place.clock.advance(5 * 86_400_000);
      place.pay(by("emil"), by("anna"), 30);
      place.pass();
    }
    const entry = pays(by("evil"), by("dora"), 9);
    for (const each of [entry, pays(by("evil"), by("emil"), 9)]) {
      const matter = { t: "entry", entry: each } as const;
      by("dora").commune.settle(
        signed(matter, wordOf(by("anna"), matter), wordOf(by("ben"), matter)),
      );
    }
    const facts = [...by("dora").commune.ledger.facts()];
    const rules = facts.filter(({ matter }) => matter.t === "rules");
    const rest = facts.filter(({ matter }) => matter.t !== "rules");
    const totals = (ledger: Ledger): unknown =>
      [...ledger.accounts()]
        .map(({ id, total, chain, isStopped }) => [id, total, chain.balance, isStopped])
        .sort();
    const random = place.random.fork("order");
    for (let round = 0; round < 20; round++) {
      const shuffled = rest.map((fact) => [random.u32(), fact] as const).sort(([a], [b]) => a - b);
      const ledger = new Ledger(place.suite, by("dora").commune.id);
      for (const fact of [...rules, ...shuffled.map(([, fact]) => fact)]) ledger.add(fact);
      expect(totals(ledger)).toEqual(totals(by("dora").commune.ledger));
      expect(ledger.account(by("evil").person).isStopped).toBe(true);
    }
  });
});

describe("old copies and lost devices", () => {
  test("a steward's home that may be an old copy signs nothing until the rules change", () => {
    const { town: place, by } = town("copy");
    const ben = by("ben");
    ben.isCopied = true;
    place.restart(ben);
    ben.isCopied = false;
    place.restart(ben);
    expect(ben.info.isResting).toBe(true);
    expect(answerOf(ben, pays(by("evil"), by("dora"), 1))).toBe("stale");
    place.pay(by("dora"), by("emil"), 5);
    place.pass();
    expect(by("emil").own.settled).toBe(5);
    const wish = place.wish(place.members.slice(0, 3));
    place.ask((done) => by("anna").desk.changeRules(by("anna").commune, wish, done));
    place.pass();
    place.signAll(by("cleo"));
    expect(ben.info.isResting).toBe(false);
  });

  test("a member's old copy asks stewards before it signs, and goes on with what was under way", () => {
    const { town: place, by } = town("member");
    const dora = by("dora");
    const kept = new Map(dora.disk.kept);
    place.crash(by("cleo"), 1e9);
    place.crash(by("ben"), 1e9);
    place.pay(dora, by("emil"), 30);
    place.pass();
    expect(dora.info.order?.words).toBe(1);
    place.crash(dora, 1e9);
    dora.disk.kept.clear();
    for (const [key, value] of kept) dora.disk.kept.set(key, value);
    dora.isCopied = true;
    place.start(dora);
    while (!dora.isReady && place.step());
    expect(place.pay(dora, by("emil"), 1)).not.toBe("");
    place.pass();
    // Anna has told of the order; with her alone that is not enough to write another.
    place.start(by("ben"));
    place.start(by("cleo"));
    place.pass(30_000);
    expect(by("emil").own.settled).toBe(30);
    expect(place.pay(dora, by("emil"), 1)).toBe("");
    place.pass();
    expect(by("emil").own.settled).toBe(31);
    expect(dora.own.isStopped).toBe(false);
  });

  test("another device of a member takes the account over, and the old one writes no more", () => {
    const { town: place, by } = town("device");
    place.pay(by("emil"), by("dora"), 30);
    place.pass();
    const phone = place.add("dora", "dora's phone");
    place.pass(5_000);
    expect(phone.own.settled).toBe(30);
    expect(place.pay(phone, by("emil"), 1)).toBe("stale");
    expect(place.ask((done) => phone.desk.takeOver(phone.commune, done))).toBe("");
    place.pass(5_000);
    expect(place.pay(by("dora"), by("emil"), 1)).toBe("stale");
    expect(place.pay(phone, by("emil"), 4)).toBe("");
    place.pass(5_000);
    expect(by("emil").own.settled).toBe(-26);
    expect(() =>
      draftOrder(phone.commune, {
        t: "takeover",
        key: new Uint8Array(32),
        proof: new Uint8Array(0),
      }),
    ).toThrow("already");
  });
});
