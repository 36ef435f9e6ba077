import { expect, test } from "vitest";
import { type Member, Town } from "../../../test/support/commons.ts";
import { proofOf } from "../../identity/index.ts";
import { rulesOf } from "./drafting.ts";
import { makeEntry, makeSlip } from "./entry.ts";
import { nowS } from "./parts.ts";
import { makeRules } from "./rules.ts";
import { placeOf } from "./seat.ts";
import { makeWord } from "./signed.ts";
import type { Entry, Word } from "./types.ts";

const NAMES = ["anna", "ben", "cleo", "dora", "emil", "evil"] as const;
type Name = (typeof NAMES)[number];

function town(
  seed: string,
  other: Parameters<Town["found"]>[1] = {},
): { readonly town: Town; readonly by: (name: Name) => Member } {
  const made = new Town(seed);
  for (const name of NAMES) made.add(name);
  made.found(made.members.slice(0, 3), other);
  return { town: made, by: (name) => made.members[NAMES.indexOf(name)] as Member };
}

/** What a steward's device says to an order that somebody brings. */
function answerOf(
  place: Town,
  steward: Member,
  entry: Entry,
  slip?: Parameters<Member["commune"]["steward"]["answer"]>[1],
): string {
  let said = "none";
  steward.commune.steward.answer(entry, slip, [], (found) => {
    said = found.t === "word" ? "word" : found.code;
  });
  while (place.step());
  return said;
}

test("a device that its person has revoked writes nothing more, nor takes an account over again", () => {
  const { town: place, by } = town("revoked");
  const { identity, commune } = by("evil");
  const { chain } = commune.ledger.account(by("evil").person);
  const order = makeEntry(commune.parts.suite, identity.signKey, {
    ...{ account: by("evil").person, number: chain.count + 1, prev: chain.head, takes: [] },
    ...{ rules: rulesOf(commune).id, atS: nowS(commune.parts) },
    body: { t: "pay", to: by("dora").person, amount: 10, memo: "" },
  });
  const { signKey, certificate } = identity;
  const back = makeEntry(commune.parts.suite, signKey, {
    ...order,
    body: { t: "takeover", key: signKey.publicKey, proof: proofOf(certificate) },
  });
  place.revoked.add(identity.id);
  expect([answerOf(place, by("anna"), order), answerOf(place, by("anna"), back)]).toEqual([
    "not-allowed",
    "not-allowed",
  ]);
  place.revoked.clear();
  expect(answerOf(place, by("anna"), order)).toBe("word");
});

test("a teller makes nobody pay who has not signed, and ends nobody's account", () => {
  const names = new Town("names");
  const emil = names.add("emil").person;
  const tellers = [{ person: emil, exposure: 100, perMember: 100 }];
  const { town: place, by } = town("framed", { tellers });
  const dora = by("dora");
  expect(place.pay(dora, by("ben"), 5)).toBe("");
  place.pass();
  const { suite } = dora.commune.parts;
  const account = dora.commune.ledger.account(dora.person);
  const [[open], [paid]] = [account.at(1), account.at(2)];
  if (open === undefined || paid === undefined) throw new RangeError("she has paid once");
  const { signKey, certificate } = by("evil").identity;
  const device = { key: signKey.publicKey, proof: proofOf(certificate) };
  const stolen = { t: "pay", to: by("evil").person, amount: 100, memo: "" } as const;
  const answer = (draft: Entry, key = signKey): string => {
    const entry = makeEntry(suite, key, draft);
    const slip = makeSlip(by("emil").identity.signKey, emil, entry);
    return answerOf(place, by("anna"), entry, slip);
  };
  expect(answer({ ...paid, body: stolen })).toBe("bad-signature");
  expect(answer({ ...open, body: { t: "open", ...device } })).toBe("bad-signature");
  expect(answer({ ...paid, body: { t: "takeover", ...device } })).toBe("bad-signature");
  expect(answer({ ...paid, prev: "0".repeat(64), body: stolen })).toBe("gap");
  // Nor does her device go on from what it never signed.
  const next = makeEntry(suite, signKey, { ...paid, number: 3, prev: paid.id, body: stolen });
  const slip = makeSlip(by("emil").identity.signKey, emil, next);
  expect(() => dora.commune.hearSlip(slip, undefined)).toThrow("has not signed");
  expect(place.pay(dora, by("ben"), 5)).toBe("");
  place.pass();
  expect(by("ben").own.settled).toBe(10);
  // What she signed herself, besides another, the teller answers for.
  expect(answer({ ...paid, body: stolen }, dora.identity.signKey)).toBe("word");
});

test("nobody proposes rules by naming themselves: a steward has to sign them first", () => {
  const { by } = town("named");
  const evil = by("evil");
  const before = rulesOf(evil.commune);
  const { signKey, certificate } = evil.identity;
  const seat = { person: evil.person, key: signKey.publicKey, proof: proofOf(certificate) };
  const rules = makeRules(evil.commune.parts.suite, {
    ...{ ...before, seats: [...before.seats, seat], need: 3, number: before.number + 1 },
    ...{ base: before.id, nonce: new Uint8Array(16) },
  });
  const matter = { t: "rules", rules } as const;
  const consents = [makeWord(signKey, before.seats.length, matter)];
  const propose = (words: readonly Word[]): void =>
    by("dora").commune.propose({ matter, words, consents }, undefined);
  expect(() => propose([])).toThrow("No steward");
  const { signKey: hers } = by("anna").identity;
  propose([makeWord(hers, placeOf(before, hers.publicKey) ?? 0, matter)]);
  expect(by("dora").commune.proposals.all()).toHaveLength(1);
});
