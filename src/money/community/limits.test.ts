import { describe, expect, test } from "vitest";
import { Town } from "../../../test/support/commons.ts";
import { toySuite } from "../../../test/support/line-rig.ts";
import { proofOf } from "../../identity/index.ts";
import { testIdentity } from "../../testing/fixtures.ts";
import { makeAct } from "./act.ts";
import { rulesOf } from "./drafting.ts";
import { makeEntry } from "./entry.ts";
import type { Ledger } from "./ledger.ts";
import * as limits from "./limits.ts";
import { makeListing } from "./listing.ts";
import { Listings } from "./listings.ts";
import { demurrageOn, levyOn, makeRules } from "./rules.ts";
import { makeWord } from "./signed.ts";
import { Slips } from "./slips.ts";
import type { Entry, Listing, Seat, Signed, Slip } from "./types.ts";

const seats = (count: number): Seat[] =>
  Array.from({ length: count }, (_, at) => {
    const { person, signKey, certificate } = testIdentity(toySuite, `seat ${at}`);
    return { person: person.personId, key: signKey.publicKey, proof: proofOf(certificate) };
  });
const hex = (at: number, length: number): string => at.toString(16).padStart(length, "0");

function codeOf(act: () => unknown): string {
  try {
    act();
    return "";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("limits of communities, at the most and one above", () => {
  const town = new Town("limits");
  const anna = town.add("anna");
  const base: Parameters<typeof makeRules>[1] = {
    ...{ need: 1, seats: seats(1), tellers: [], admission: "group", creditLimit: 10, softLimit: 5 },
    ...{ exceptions: [], levyPpm: 0, demurragePpm: 0, demurrageFree: 0, visibility: "members" },
    ...{ bearer: "community", currency: town.currency(anna), group: "9".repeat(32), madeAtS: 1 },
    ...{ number: 1, base: "", community: "", nonce: new Uint8Array(16) },
  };
  const rules = (other: Partial<Parameters<typeof makeRules>[1]>): string =>
    codeOf(() => makeRules(toySuite, { ...base, ...other }));

  test("of rules", () => {
    expect(rules({ seats: seats(limits.SEATS_MAX), need: 9 })).toBe("");
    expect(rules({ seats: seats(limits.SEATS_MAX + 1), need: 9 })).toBe("bad-rules");
    expect(rules({ seats: seats(4), need: 2 })).toBe("bad-rules");
    expect(rules({ seats: seats(4), need: 5 })).toBe("bad-rules");
    expect(rules({ seats: [...seats(1), ...seats(1)], need: 2 })).toBe("bad-rules");
    const tellers = (count: number): Parameters<typeof makeRules>[1]["tellers"] =>
      seats(count).map((seat) => ({ ...seat, exposure: 1, perMember: 1 }));
    expect(rules({ tellers: tellers(limits.TELLERS_MAX) })).toBe("");
    expect(rules({ tellers: tellers(limits.TELLERS_MAX + 1) })).toBe("bad-rules");
    const exceptions = (count: number): { person: string; limit: number }[] =>
      Array.from({ length: count }, (_, at) => ({ person: hex(at, 32), limit: 1 }));
    expect(rules({ exceptions: exceptions(limits.EXCEPTIONS_MAX) })).toBe("");
    expect(rules({ exceptions: exceptions(limits.EXCEPTIONS_MAX + 1) })).toBe("bad-rules");
    expect(rules({ levyPpm: limits.LEVY_PPM_MAX })).toBe("");
    expect(rules({ levyPpm: limits.LEVY_PPM_MAX + 1 })).toBe("bad-rules");
    expect(rules({ demurragePpm: limits.DEMURRAGE_PPM_MAX })).toBe("");
    expect(rules({ demurragePpm: limits.DEMURRAGE_PPM_MAX + 1 })).toBe("bad-rules");
    expect(rules({ softLimit: 11 })).toBe("bad-rules");
    const later = { base: hex(1, 64), community: hex(2, 32) };
    expect(rules({ ...later, number: limits.RULES_MAX })).toBe("");
    expect(rules({ ...later, number: limits.RULES_MAX + 1 })).toBe("bad-rules");
    expect(rules({ creditLimit: 10 ** 15 })).toBe("");
    expect(rules({ creditLimit: 10 ** 15 + 1 })).toBe("bad-rules");
  });

  test("levy and demurrage are exact and never take more than there is", () => {
    const terms = { ...base, levyPpm: 100_000, demurragePpm: 10_000, demurrageFree: 7 };
    expect(levyOn(terms, 10 ** 15)).toBe(10 ** 14);
    expect(levyOn(terms, 9)).toBe(0);
    expect(demurrageOn(terms, 10n ** 15n, 1)).toBe((10n ** 15n - 7n) / 100n);
    expect(demurrageOn(terms, 107n, 1_000_000)).toBe(100n);
    expect(demurrageOn(terms, 7n, 10)).toBe(0n);
    expect(demurrageOn(terms, -100n, 10)).toBe(0n);
  });

  const entry = (takes: number, memo = ""): Entry =>
    makeEntry(toySuite, anna.identity.signKey, {
      ...{ account: anna.person, number: 2, prev: hex(1, 64), rules: hex(2, 64), atS: 1 },
      takes: Array.from({ length: takes }, (_, at) => hex(at, 64)),
      body: { t: "pay", to: hex(3, 32), amount: 1, memo },
    });

  test("of entries", () => {
    expect(
      entry(limits.TAKES_MAX, "x".repeat(limits.MEMO_BYTES_MAX)).content.length,
    ).toBeLessThanOrEqual(limits.ENTRY_BYTES_MAX);
    expect(codeOf(() => entry(limits.TAKES_MAX + 1))).toBe("bad-entry");
    expect(codeOf(() => entry(0, "x".repeat(limits.MEMO_BYTES_MAX + 1)))).toBe("bad-entry");
    const act = {
      rules: hex(1, 64),
      atS: 1,
      t: "spend",
      from: hex(1, 32),
      to: hex(2, 32),
    } as const;
    const make = (memo: string): string =>
      codeOf(() => makeAct(toySuite, { ...act, amount: 1, memo }, new Uint8Array(16)));
    expect(make("x".repeat(limits.MEMO_BYTES_MAX))).toBe("");
    expect(make("x".repeat(limits.MEMO_BYTES_MAX + 1))).toBe("bad-entry");
  });

  test("of slips", () => {
    const slips = new Slips(3);
    const slip = (at: number): Slip => ({
      ...{
        entry: { ...entry(0), id: hex(at, 64) },
        teller: anna.person,
        signature: new Uint8Array(64),
      },
    });
    for (let at = 0; at < 3; at++) slips.put(slip(at));
    expect(codeOf(() => slips.put(slip(3)))).toBe("full");
    expect(codeOf(() => slips.put(slip(2)))).toBe("");
    expect(slips.exposure(anna.person)).toBe(3);
    const many = new Slips();
    for (let at = 0; at < limits.SLIPS_PER_TELLER_MAX; at++) many.put(slip(at));
    const one = slip(limits.SLIPS_PER_TELLER_MAX);
    expect(codeOf(() => many.put(one))).toBe("full");
    expect(codeOf(() => many.put({ ...one, teller: hex(1, 32) }))).toBe("");
    const by = (at: number): Slip => {
      const teller = hex(Math.floor(at / limits.SLIPS_PER_TELLER_MAX), 32);
      return { ...slip(at), teller };
    };
    const all = new Slips();
    for (let at = 0; at < limits.SLIPS_MAX; at++) all.put(by(at));
    expect(codeOf(() => all.put(by(limits.SLIPS_MAX)))).toBe("full");
  });

  test("of the directory", () => {
    const make = (title: string, text: string, days: number): Listing =>
      makeListing(toySuite, anna.identity, {
        ...{ id: hex(1, 32), community: hex(2, 32), kind: "offer", title, text, price: 0 },
        ...{ atS: 1_000, untilS: 1_000 + days * 86_400 },
      });
    const titleMax = "x".repeat(limits.LISTING_TITLE_BYTES_MAX);
    const textMax = "x".repeat(limits.LISTING_TEXT_BYTES_MAX);
    const good = make(titleMax, textMax, limits.LISTING_DAYS_MAX);
    expect(codeOf(() => make(`${titleMax}x`, "", 1))).toBe("bad-entry");
    expect(codeOf(() => make("x", `${textMax}x`, 1))).toBe("bad-entry");
    expect(codeOf(() => make("x", "", limits.LISTING_DAYS_MAX + 1))).toBe("bad-entry");
    const soon = new Listings();
    expect(codeOf(() => soon.put(good, good.atS - limits.AHEAD_S_MAX))).toBe("");
    expect(codeOf(() => soon.put(good, good.atS - limits.AHEAD_S_MAX - 1))).toBe("expired");
    const all = new Listings();
    const put = (at: number, by: string): string =>
      codeOf(() => all.put({ ...good, id: hex(at, 32), by }, 1_000));
    for (let at = 0; at < limits.LISTINGS_PER_MEMBER_MAX; at++) expect(put(at, "anna")).toBe("");
    expect(put(9_999, "anna")).toBe("full");
    for (let at = limits.LISTINGS_PER_MEMBER_MAX; at < limits.LISTINGS_MAX; at++) {
      expect(put(at, `member ${at >> 3}`)).toBe("");
    }
    expect(put(9_999, "ben")).toBe("full");
    expect(put(0, "ben")).toBe("not-allowed");
  });

  const founded = (name: string): Ledger => {
    const place = new Town(name);
    const founder = place.add("anna");
    place.found([founder]);
    return founder.commune.ledger;
  };

  test("of acts, late entries, accounts and the whole log", () => {
    const ledger = founded("log");
    const { id } = ledger.current ?? { id: "" };
    const words: Signed["words"] = [{ seat: 0, signature: new Uint8Array(64) }];
    const put = (matter: Signed["matter"]): string =>
      codeOf(() => ledger.add({ matter, words, consents: [] }, true));
    const act = (at: number): Signed["matter"] => ({
      t: "act",
      act: {
        ...{ id: hex(at, 64), rules: id, atS: 1, t: "spend", from: ledger.id, to: hex(1, 32) },
        ...{ amount: 1, memo: "", content: new Uint8Array(0) },
      },
    });
    for (let at = 0; at < limits.ACTS_MAX; at++) expect(put(act(at))).toBe("");
    expect(put(act(limits.ACTS_MAX))).toBe("full");
    const plain = entry(0);
    const open = (at: number, account = at): Entry => ({
      ...plain,
      ...{ id: hex(1_000_000 + at, 64), account: hex(account, 32), number: 1, prev: "", rules: id },
      body: { t: "gather" },
    });
    for (let at = 0; at < limits.LATES_MAX; at++) {
      expect(put({ t: "late", entry: open(at, 1) })).toBe("");
    }
    expect(put({ t: "late", entry: open(limits.LATES_MAX, 1) })).toBe("full");
    // The community, who was paid by acts, and anna are there already.
    const known = [...ledger.accounts()].length - 1;
    for (let at = known; at < limits.ACCOUNTS_MAX; at++) {
      expect(put({ t: "entry", entry: open(100_000 + at) })).toBe("");
    }
    expect(put({ t: "entry", entry: open(900_000) })).toBe("full");
    for (let at = 0; ledger.size < limits.FACTS_MAX; at++) {
      put({ t: "entry", entry: { ...open(2_000_000 + at, 1), number: 2 + at } });
    }
    expect(put({ t: "entry", entry: { ...open(9_000_000, 1), number: 2 } })).toBe("full");
  }, 60_000);

  test("of communities, proposals, and who asks for an account", () => {
    const place = new Town("desk");
    const founder = place.add("anna");
    place.found([founder], { admission: "stewards" });
    const { live, commune, desk } = founder;
    for (let at = 1; at < limits.COMMUNITIES_MAX; at++) live.make(hex(at, 32), "9".repeat(32));
    expect(codeOf(() => live.make(hex(99, 32), "9".repeat(32)))).toBe("full");
    expect(codeOf(() => live.make(hex(1, 32), "9".repeat(32)))).toBe("");
    for (let at = 0; at <= limits.APPLICANTS_MAX; at++) {
      const person = testIdentity(toySuite, `applicant ${at}`);
      const { signKey, certificate } = person;
      const asked = makeEntry(toySuite, signKey, {
        ...{ account: person.person.personId, number: 1, prev: "", rules: rulesOf(commune).id },
        ...{ atS: 1, takes: [] },
        body: { t: "open", key: signKey.publicKey, proof: proofOf(certificate) },
      });
      commune.steward.answer(asked, undefined, [], () => undefined);
    }
    expect(commune.steward.applicants.size).toBe(limits.APPLICANTS_MAX);
    expect(desk).toBeDefined();
  });

  test("of proposals, in all and of one steward", () => {
    const place = new Town("proposals");
    const stewards = ["anna", "ben", "cleo", "dora", "emil", "fay"].map((name) => place.add(name));
    place.found(stewards);
    const [first] = stewards;
    const commune = first?.commune;
    if (commune === undefined) throw new RangeError();
    const signed = (seat: number, at: number): Signed => {
      const steward = rulesOf(commune).seats[seat];
      const member = stewards.find(({ person }) => person === steward?.person) ?? stewards[0];
      const made = { rules: rulesOf(commune).id, atS: at, t: "spend", memo: "" } as const;
      const move = { ...made, from: commune.id, to: hex(seat, 32), amount: 1 };
      const act = makeAct(toySuite, move, new Uint8Array(16));
      const matter = { t: "act", act } as const;
      const key = member?.identity.signKey;
      if (key === undefined) throw new RangeError();
      return { matter, words: [makeWord(key, seat, matter)], consents: [] };
    };
    const put = (seat: number, at: number): string =>
      codeOf(() => commune.proposals.put(signed(seat, at)));
    for (let seat = 0; seat < 4; seat++) {
      for (let at = 0; at < limits.PROPOSALS_PER_SEAT_MAX; at++) expect(put(seat, at)).toBe("");
      if (seat === 0) expect(put(0, 99)).toBe("full");
    }
    expect(commune.proposals.all()).toHaveLength(limits.PROPOSALS_MAX);
    expect(put(4, 0)).toBe("full");
  });
});
