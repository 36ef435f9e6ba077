import { describe, expect, test } from "vitest";
import { type Member, Town } from "../../../test/support/commons.ts";
import { listingsOf, statementOf } from "./describe.ts";

const DAY_MS = 86_400_000;

function coop(
  seed: number | string,
  other: Parameters<Town["found"]>[1] = {},
  names: readonly string[] = ["anna", "ben", "cleo", "dora", "emil"],
): { town: Town; members: Member[]; by: (name: string) => Member } {
  const town = new Town(seed);
  const members = names.map((name) => town.add(name));
  town.found(members.slice(0, 3), other);
  const by = (name: string): Member => {
    const found = members.find((each) => each.name === name);
    if (found === undefined) throw new RangeError(name);
    return found;
  };
  return { town, members, by };
}

const balances = (member: Member): number[] => [...member.accounts.values()].map((a) => a.settled);

describe("a community with three stewards of whom two sign", () => {
  test("is founded when all stewards have signed, and members come in by asking", () => {
    const town = new Town(1);
    const [anna, ben, cleo, dora] = ["anna", "ben", "cleo", "dora"].map((name) => town.add(name));
    if (!anna || !ben || !cleo || !dora) throw new RangeError();
    const wish = town.wish([anna, ben, cleo]);
    expect(town.ask((done) => anna.desk.found(town.currency(anna), wish, done))).toBe("");
    town.pass();
    expect(anna.info.isFounded).toBe(false);
    town.signAll(ben);
    expect(cleo.info.isFounded).toBe(false);
    expect(dora.live.all()).toEqual([]);
    town.signAll(cleo);
    for (const each of [anna, ben, cleo, dora]) expect(each.info.isFounded).toBe(true);
    expect(town.pay(dora, anna, 5)).toBe("not-found");
    expect(town.join(dora)).toBe("");
    expect(dora.own).toMatchObject({ settled: 0, limit: 1_000 });
    expect(town.join(dora)).toBe("exists");
  });

  test("payments go through the stewards, both see them, and the sum is zero", () => {
    const { town, by } = coop(2);
    expect(town.pay(by("dora"), by("emil"), 300, "bread")).toBe("");
    town.pass();
    expect(by("emil").own.settled).toBe(300);
    expect(by("emil").paid).toEqual(["300 bread"]);
    expect(by("dora").own).toMatchObject({ settled: -300, isLow: false });
    expect(town.pay(by("emil"), by("dora"), 1_300)).toBe("");
    town.pass();
    expect(by("emil").own).toMatchObject({ settled: -1_000, isLow: true });
    expect(town.pay(by("emil"), by("anna"), 1)).toBe("limit");
    for (const member of town.members) {
      expect([...balances(member)].sort()).toEqual([-1_000, 0, 0, 0, 1_000].sort());
      expect(member.info.sum).toBe(0);
    }
  });

  test("goes on with one steward away, waits with two away, and goes on after a restart", () => {
    const { town, by } = coop(3);
    town.crash(by("cleo"), 1e9);
    town.pay(by("dora"), by("emil"), 10);
    town.pass();
    expect(by("emil").own.settled).toBe(10);
    town.crash(by("ben"), 1e9);
    expect(town.pay(by("dora"), by("emil"), 10)).toBe("");
    town.pass();
    expect(by("dora").info.order).toMatchObject({ state: "waiting", words: 1, need: 2 });
    expect(town.pay(by("dora"), by("emil"), 10)).toBe("busy");
    town.restart(by("dora"));
    expect(by("dora").info.order?.entry.number).toBe(3);
    town.start(by("cleo"));
    town.pass(20_000);
    expect(by("dora").info.order).toBeUndefined();
    expect(by("emil").own.settled).toBe(20);
    expect(by("cleo").info.sum).toBe(0);
  });

  test("levy and demurrage go to the community, are rounded down, and stewards spend them", () => {
    const { town, by } = coop(4, { levyPpm: 15_000, demurragePpm: 10_000, demurrageFree: 50 });
    town.pay(by("dora"), by("emil"), 150);
    town.pass();
    // 1.5 % of 150 is 2.25.
    expect(by("dora").own.settled).toBe(-152);
    expect(by("emil").info.commons).toBe(2);
    town.clock.advance(10 * DAY_MS);
    town.pay(by("emil"), by("dora"), 1);
    town.pass();
    // 1 % a day of 100 above 50, for ten days; on a payment of 1 no levy.
    expect(by("emil").own.settled).toBe(150 - 10 - 1);
    expect(by("anna").info.commons).toBe(12);
    const act = {
      t: "spend",
      from: by("anna").commune.id,
      to: by("ben").person,
      memo: "paint",
    } as const;
    const ask = (amount: number): string =>
      town.ask((done) => by("anna").desk.proposeAct(by("anna").commune, { ...act, amount }, done));
    expect(ask(13)).toBe("limit");
    expect(ask(12)).toBe("");
    town.pass();
    expect(by("ben").own.settled).toBe(0);
    town.signAll(by("cleo"));
    expect(by("ben").own.settled).toBe(12);
    expect(by("dora").info).toMatchObject({ commons: 0, sum: 0 });
    expect(statementOf(by("emil").commune, 10).map(({ what, amount }) => [what, amount])).toEqual([
      ["paid", 150],
      ["paid", -1],
      ["demurrage", -10],
    ]);
    expect(statementOf(by("emil").commune, 1)).toHaveLength(1);
  });

  test("rules change when two stewards have signed, and are judged by the ones that hold", () => {
    const { town, members, by } = coop(5);
    const wish = town.wish(members.slice(0, 3), {
      creditLimit: 100,
      softLimit: 10,
      exceptions: [{ person: by("emil").person, limit: 7 }],
    });
    expect(town.ask((done) => by("dora").desk.changeRules(by("dora").commune, wish, done))).toBe(
      "not-allowed",
    );
    expect(town.ask((done) => by("ben").desk.changeRules(by("ben").commune, wish, done))).toBe("");
    town.pass();
    expect(by("emil").own.limit).toBe(1_000);
    town.signAll(by("anna"));
    expect(by("emil").info.rules?.number).toBe(2);
    expect(by("emil").own.limit).toBe(7);
    expect(town.pay(by("emil"), by("dora"), 8)).toBe("limit");
    expect(town.pay(by("emil"), by("dora"), 7)).toBe("");
    expect(town.pay(by("dora"), by("anna"), 101)).toBe("limit");
  });

  test("two versions of the rules that were signed apart: the smaller id holds, for all", () => {
    const { town, members, by } = coop(6, {}, ["anna", "ben", "cleo", "dora"]);
    const change = (who: string, creditLimit: number): void => {
      const wish = town.wish(members.slice(0, 3), { creditLimit, softLimit: 0 });
      expect(town.ask((done) => by(who).desk.changeRules(by(who).commune, wish, done))).toBe("");
    };
    town.split([by("anna"), by("ben")]);
    change("anna", 100);
    town.pass();
    town.signAll(by("ben"));
    expect(by("ben").own.limit).toBe(100);
    // Ben's device leaves the one part and signs another version in the other.
    town.split([by("anna")]);
    town.healAll();
    town.pass(700_000);
    const limits = members.map((each) => each.own.limit);
    expect(new Set(limits).size).toBe(1);
    change("cleo", 200);
    town.pass();
    town.signAll(by("anna"));
    expect(members.map((each) => each.own.limit)).toEqual([200, 200, 200, 200]);
  });

  test("whoever stewards have to look at waits for two of them", () => {
    const { town, by } = coop(7, { admission: "stewards" });
    expect(by("dora").info.own).toBeUndefined();
    expect(by("anna").info.applicants).toContain(by("dora").person);
    for (const name of ["anna", "ben"]) {
      const { desk, commune } = by(name);
      expect(town.ask((done) => desk.admit(commune, by("dora").person, done))).toBe("");
    }
    town.pass(30_000);
    expect(by("dora").own.settled).toBe(0);
    expect(by("emil").info.own).toBeUndefined();
    expect(by("anna").info.applicants).not.toContain(by("dora").person);
    expect(
      town.ask((done) => by("emil").desk.admit(by("emil").commune, by("emil").person, done)),
    ).toBe("not-allowed");
  });

  test("who has left the group spends what they have, and owes nothing new", () => {
    const { town, by } = coop(8);
    town.pay(by("dora"), by("emil"), 30);
    town.pass();
    const emil = by("emil");
    town.pay(emil, by("anna"), 40);
    town.pass();
    expect(emil.own.settled).toBe(-10);
    town.pay(by("dora"), emil, 30);
    town.pass();
    town.outsiders.add(emil.person);
    expect(emil.info.canPay).toBe(20);
    expect(town.pay(emil, by("anna"), 21)).toBe("limit");
  });

  test("balances are seen by stewards and whom they concern, where the rules say so", () => {
    const { town, by } = coop(9, { visibility: "stewards" });
    town.pay(by("dora"), by("emil"), 30, "private");
    town.pass();
    town.pay(by("emil"), by("dora"), 10);
    town.pass();
    expect(by("dora").own.settled).toBe(-20);
    expect(by("emil").own.settled).toBe(20);
    expect(by("ben").accounts.get(by("dora").person)?.settled).toBe(-20);
    const fanny = town.add("fanny");
    town.pass();
    town.join(fanny);
    expect(fanny.own.settled).toBe(0);
    // Who has an account is known to all, and no payment is.
    const kinds = [...fanny.commune.ledger.facts()].map(({ matter }) =>
      matter.t === "entry" ? matter.entry.body.t : matter.t,
    );
    expect(new Set(kinds)).toEqual(new Set(["rules", "open"]));
    town.pay(by("dora"), fanny, 5);
    town.pass();
    expect(fanny.own.settled).toBe(5);
    expect([...fanny.accounts.keys()]).toEqual([fanny.person]);
    town.pay(fanny, by("emil"), 105);
    town.pass();
    expect(by("anna").info.sum).toBe(0);
    expect(by("emil").own.settled).toBe(125);
  });

  test("a directory of offers and wants, signed, with an end, taken back", () => {
    const { town, by } = coop(10);
    const wish = { kind: "offer", title: "Bread", text: "on Fridays", price: 50, days: 7 } as const;
    let id = "";
    expect(
      town.ask((done) =>
        by("dora").desk.list(by("dora").commune, wish, (error, listing) => {
          id = listing?.id ?? "";
          done(error);
        }),
      ),
    ).toBe("");
    town.pass();
    const [seen] = listingsOf(by("emil").commune);
    expect(seen).toMatchObject({ title: "Bread", price: 50, by: by("dora").person, kind: "offer" });
    expect(town.ask((done) => by("emil").desk.unlist(by("emil").commune, id, done))).toBe(
      "not-found",
    );
    expect(town.ask((done) => by("dora").desk.unlist(by("dora").commune, id, done))).toBe("");
    town.pass();
    expect(listingsOf(by("emil").commune)).toEqual([]);
    expect(
      town.ask((done) => by("dora").desk.list(by("dora").commune, { ...wish, kind: "want" }, done)),
    ).toBe("");
    town.pass();
    town.restart(by("emil"));
    expect(listingsOf(by("emil").commune)).toHaveLength(1);
    town.clock.advance(8 * DAY_MS);
    expect(listingsOf(by("emil").commune)).toEqual([]);
    const bad = { ...wish, title: " " };
    expect(town.ask((done) => by("dora").desk.list(by("dora").commune, bad, done))).toBe(
      "bad-entry",
    );
    const long = { ...wish, days: 91 };
    expect(town.ask((done) => by("dora").desk.list(by("dora").commune, long, done))).toBe(
      "bad-entry",
    );
  });
});

describe("tellers, where too few stewards are in reach", () => {
  const told = (seed: number): ReturnType<typeof coop> => {
    const town = new Town(seed);
    const members = ["anna", "ben", "cleo", "dora", "emil", "fay"].map((name) => town.add(name));
    const [, , cleo] = members;
    if (cleo === undefined) throw new RangeError();
    const tellers = [{ person: cleo.person, exposure: 100, perMember: 60 }];
    town.found(members.slice(0, 3), { tellers });
    const by = (name: string): Member => {
      const found = members.find((each) => each.name === name);
      if (found === undefined) throw new RangeError(name);
      return found;
    };
    return { town, members, by };
  };

  test("a pocket goes on within what the teller may answer for, and the log takes it in afterwards", () => {
    const { town, by } = told(20);
    const pocket = ["cleo", "dora", "emil"].map(by);
    town.split(pocket);
    expect(town.pay(by("dora"), by("emil"), 50)).toBe("");
    town.pass();
    expect(by("dora").info.order?.state).toBe("told");
    expect(by("emil").own).toMatchObject({ settled: 0, unsettled: 50 });
    expect(by("emil").info.exposure).toEqual([
      { teller: by("cleo").person, amount: 50, limit: 100 },
    ]);
    // What came so can be paid on, and the next one too.
    expect(town.pay(by("emil"), by("dora"), 40)).toBe("");
    town.pass();
    expect(by("dora").own).toMatchObject({ settled: 0, unsettled: -10 });
    // A member's share is used up, and then the teller's.
    expect(town.pay(by("dora"), by("emil"), 11)).toBe("");
    town.pass();
    expect(by("dora").info.order).toMatchObject({
      state: "waiting",
      refusals: [{ code: "limit" }],
    });
    expect(by("anna").own.settled).toBe(0);
    town.restart(by("cleo"));
    town.pass();
    expect(by("cleo").info.exposure[0]?.amount).toBe(90);
    town.healAll();
    town.pass(60_000);
    for (const member of town.members) {
      expect(member.accounts.get(by("dora").person)?.settled).toBe(-21);
      expect(member.accounts.get(by("emil").person)?.settled).toBe(21);
      expect(member.info.sum).toBe(0);
      expect(member.info.exposure[0]?.amount).toBe(0);
    }
    expect(by("dora").info.order).toBeUndefined();
  });

  test("a teller answers for nothing while the stewards are in reach", () => {
    const { town, by } = told(21);
    town.pay(by("dora"), by("emil"), 50);
    town.pass();
    expect(by("emil").own).toMatchObject({ settled: 50, unsettled: 0 });
    expect(() => by("cleo").commune.answerFor(statementEntry(by("dora")), () => undefined)).toThrow(
      "in reach",
    );
  });

  const statementEntry = (member: Member): Parameters<Member["commune"]["answerFor"]>[0] => {
    const [entry] = member.commune.ledger.account(member.person).entries();
    if (entry === undefined) throw new RangeError();
    return entry;
  };
});
