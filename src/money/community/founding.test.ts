import { expect, test } from "vitest";
import { type Member, Town } from "../../../test/support/commons.ts";
import { ID_BYTES } from "./hex.ts";
import { COMMUNITIES_PER_GROUP_MAX } from "./limits.ts";
import { COMMUNITY_SERVICE, encodeFrame } from "./protocol.ts";
import { makeRules } from "./rules.ts";
import { encodeSigned, makeWord } from "./signed.ts";

/** Founds a community that nobody else has to sign. */
function foundAlone(town: Town, by: Member): string {
  const wish = town.wish([by]);
  const said = town.ask((done) => by.desk.found(town.currency(by), wish, done));
  town.pass();
  return said;
}

test("who is neither owner nor admin founds nothing, and is told whom to ask", () => {
  const town = new Town("juniors");
  const [anna, ben] = ["anna", "ben"].map((name) => town.add(name)) as [Member, Member];
  town.juniors.add(ben.person);
  expect(foundAlone(town, ben)).toBe("not-allowed");
  ben.desk.found(town.currency(ben), town.wish([ben]), (error) =>
    expect(error?.message).toMatch(/owners and admins.*Ask one of them/),
  );
  // Somebody who may found it may name them.
  town.found([anna, ben]);
  expect(ben.info).toMatchObject({ isFounded: true, isSteward: true });
});

test("a member alone cannot fill the group's places, whatever their own device lets them found", () => {
  const town = new Town("filling");
  const [anna, ben, evil] = ["anna", "ben", "evil"].map((name) => town.add(name)) as [
    Member,
    Member,
    Member,
  ];
  town.split([evil]);
  for (let count = 0; count < COMMUNITIES_PER_GROUP_MAX; count++) {
    expect(foundAlone(town, evil)).toBe("");
  }
  // As the others see it.
  town.juniors.add(evil.person);
  town.healAll();
  town.pass();
  expect([anna, ben].map(({ live }) => live.all().length)).toEqual([0, 0]);
  town.split([evil]);
  town.found([anna]);
  expect(ben.info).toMatchObject({ isFounded: true });
});

test("communities of one group that are heard of: at the limit and one above", () => {
  const town = new Town("places");
  const [anna, ben] = ["anna", "ben"].map((name) => town.add(name)) as [Member, Member];
  for (let count = 1; count <= COMMUNITIES_PER_GROUP_MAX; count++) {
    expect(foundAlone(town, anna)).toBe("");
    expect(ben.live.all()).toHaveLength(count);
  }
  expect(foundAlone(town, anna)).toBe("");
  expect(anna.live.all()).toHaveLength(COMMUNITIES_PER_GROUP_MAX + 1);
  expect(ben.live.all()).toHaveLength(COMMUNITIES_PER_GROUP_MAX);
});

test("who founded a community may be no admin any more: those who are tell newcomers of it", () => {
  const town = new Town("later");
  const [anna, ben] = ["anna", "ben"].map((name) => town.add(name)) as [Member, Member];
  town.found([anna]);
  town.juniors.add(anna.person);
  const cleo = town.add("cleo");
  town.pass();
  expect(cleo.info).toMatchObject({ isFounded: true });
  expect(ben.info.isFounded).toBe(true);
});

test("a word that an admin never gave brings in nothing", () => {
  const town = new Town("forged");
  const [anna, evil] = ["anna", "evil"].map((name) => town.add(name)) as [Member, Member];
  town.juniors.add(evil.person);
  const seats = [anna, evil].map(({ person }) => {
    const seat = town.seatOf(person);
    if (seat === undefined) throw new RangeError("a member");
    return seat;
  });
  const { stewards: _, ...terms } = town.wish([anna, evil]);
  const rules = makeRules(town.suite, {
    ...{ ...terms, tellers: [], seats, currency: town.currency(evil) },
    ...{ group: town.currency(evil).group ?? "", number: 1, base: "", community: "", madeAtS: 1 },
    nonce: new Uint8Array(ID_BYTES),
  });
  const matter = { t: "rules", rules } as const;
  const { signKey } = evil.identity;
  const consents = [makeWord(signKey, 0, matter), makeWord(signKey, 1, matter)];
  const item = encodeSigned({ matter, words: [], consents });
  const stream = town.net.join(evil.record).openStream(anna.identity.id, COMMUNITY_SERVICE, {
    ...{ onData() {}, onEnd() {}, onDrain() {}, onClose() {} },
  });
  stream?.write(encodeFrame({ t: "hello" }));
  for (const t of ["proposals", "facts"] as const) {
    stream?.write(encodeFrame({ t, id: rules.community, items: [item] }));
  }
  while (town.step());
  expect(anna.live.all()).toEqual([]);
});
