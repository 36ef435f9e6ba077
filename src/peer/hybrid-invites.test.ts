import { expect, test } from "vitest";
import {
  areSafe,
  hybridSecrets,
  modern,
  restart,
  say,
  textsAt,
  watchFrames,
} from "../../test/support/hybrid.ts";
import { suite, Village, type Villager } from "../../test/support/village.ts";
import { SILENT_LOG } from "../ports/index.ts";
import { acceptInvite, createInvite, type InviteParts } from "./invites.ts";

function partsOf(villager: Villager): InviteParts {
  const { contacts, messages } = villager.live;
  return { identity: villager.identity, suite, log: SILENT_LOG, contacts, messages };
}

/** Ben takes an invite of Anna's that holds a prekey, as a QR code does. */
function invited(seed: number) {
  const village = new Village(seed);
  const [anna, ben] = [modern(village, "anna"), modern(village, "ben")];
  const meet = (): void => {
    let link = "";
    createInvite(partsOf(anna), [], { usesMax: 1 }, (_error, made) => {
      link = made?.link ?? "";
    });
    village.settle();
    // The link is no longer than before: no key of ML-KEM-768 and no hash of one is in it.
    expect(link.length).toBeLessThan(750);
    let isTaken = false;
    acceptInvite(partsOf(ben), link, undefined, (error) => {
      expect(error).toBeNull();
      isTaken = true;
    });
    while (!isTaken && village.step());
  };
  return { village, anna, ben, meet };
}

/** Carries by hand what waits with one to the other. */
function carry(village: Village, from: Villager, to: Villager): number {
  let file = new Uint8Array(0);
  from.live.messages.carryOut({}, (carried) => {
    file = Uint8Array.from(carried.file);
  });
  village.settle();
  to.live.messages.carryIn(file, (error) => expect(error).toBeNull());
  village.settle();
  return file.length;
}

test("who takes an invite in reach of who made it writes in a hybrid channel, the greeting too", () => {
  for (let seed = 1; seed <= 4; seed++) {
    const { village, anna, ben, meet } = invited(seed);
    const seen = watchFrames(village);
    meet();
    say(village, ben, anna, "hello");
    village.settle(20);
    say(village, anna, ben, "hello yourself");
    village.settle(20);
    expect([textsAt(anna), textsAt(ben)], `seed ${seed}`).toEqual([["hello"], ["hello yourself"]]);
    expect([...areSafe(anna, ben), seen.plainFirst], `seed ${seed}`).toEqual([true, true, 0]);
    expect(anna.live.contacts.all()).toMatchObject([{ petname: "ben", state: "met" }]);
  }
});

test("what waited out of reach has not left plainly once a link is there, over restarts too", () => {
  for (const isRestarted of [false, true]) {
    const { village, anna, ben, meet } = invited(10);
    village.part(anna, ben);
    const seen = watchFrames(village);
    meet();
    for (const text of ["one", "two"]) say(village, ben, anna, text);
    if (isRestarted) for (const one of [anna, ben]) restart(village, one);
    village.join(anna, ben);
    village.settle(20);
    expect([textsAt(anna), seen.plainFirst]).toEqual([["one", "two"], 0]);
    expect([...areSafe(anna, ben), ben.live.messages.waitingCount()]).toEqual([true, true, 0]);
    expect([...hybridSecrets(anna), ...hybridSecrets(ben)]).toEqual([]);
  }
});

test("what was carried by hand before is plain and small, and all that follows a meeting is hybrid", () => {
  const { village, anna, ben, meet } = invited(20);
  village.part(anna, ben);
  meet();
  say(village, ben, anna, "carried");
  expect(carry(village, ben, anna)).toBeLessThan(1_500);
  say(village, anna, ben, "answer on its way");
  expect([textsAt(anna), ...areSafe(anna, ben)]).toEqual([["carried"], false, false]);
  // Ben has not seen the answer when they meet, and gives its channel up.
  const seen = watchFrames(village);
  village.join(anna, ben);
  village.settle(20);
  for (const [from, to] of [
    [anna, ben],
    [ben, anna],
  ] as const) {
    say(village, from, to, "and now");
  }
  village.settle(20);
  expect(textsAt(anna)).toEqual(["carried", "and now"]);
  expect(textsAt(ben)).toEqual(["answer on its way", "and now"]);
  expect([...areSafe(anna, ben), seen.plainFirst]).toEqual([true, true, 0]);
  expect([anna, ben].map(({ live }) => live.messages.waitingCount())).toEqual([0, 0]);
});
