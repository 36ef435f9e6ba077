import { expect, test } from "vitest";
import { Household } from "../../test/support/household.ts";
import type { TrayAnswer, TrayRequest } from "../contacts/index.ts";
import type { SimPeer } from "../simulation/sim-peer.ts";

const personOf = (peer: SimPeer): string => peer.identity.person.personId;

/** Requests as somebody sees them: whom the introducer calls how, and on which device it came. */
function tray(peer: SimPeer): readonly string[] {
  const found = peer.act((live) =>
    live.tray
      .requests()
      .map(({ calls, device }) => `${calls}${device === undefined ? "" : " there"}`),
  );
  return (found ?? ["does not run"]).toSorted();
}

function states(peer: SimPeer): readonly string[] {
  const all = peer.act(({ contacts }) => contacts.all()) ?? [];
  return all.map(({ petname, state }) => `${petname} ${state}`).toSorted();
}

function request(peer: SimPeer, calls: string): TrayRequest {
  const found = peer.act((live) => live.tray.requests())?.find((one) => one.calls === calls);
  if (found === undefined) throw new RangeError(`Nobody is introduced as ${calls}.`);
  return found;
}

function answer(
  home: Household,
  peer: SimPeer,
  calls: string,
  how: TrayAnswer,
  name?: string,
): string {
  const { id } = request(peer, calls);
  return home.outcome(peer, (live, done) => live.tray.answer(id, how, name, done));
}

/** Cleo knows Anna, who has a laptop and a phone, and the others, whom Anna does not know. */
function village(seed: number, others: readonly string[]) {
  const home = new Household(seed);
  const laptop = home.first("anna", "laptop");
  const cleo = home.first("cleo", "c");
  const strangers = others.map((name) => home.first(name, name));
  home.introduce(laptop, cleo);
  for (const stranger of strangers) home.introduce(cleo, stranger);
  const phone = home.pair(laptop, "phone");
  // Edges that are younger than two weeks carry one at a time.
  const all = [laptop, phone, cleo, ...strangers];
  for (const peer of all) peer.stop();
  home.world.run(15 * 24 * 3_600_000);
  for (const peer of all) peer.start();
  home.until(() => all.every((peer) => peer.isReady));
  return { home, laptop, phone, cleo, strangers };
}

/** Cleo introduces somebody to Anna, of whom only that device is there. */
function bring(home: Household, cleo: SimPeer, stranger: SimPeer, to: SimPeer): void {
  const calls = cleo.act(({ contacts }) => contacts.byPerson(personOf(stranger))?.petname);
  const people = [personOf(stranger), personOf(to)] as const;
  const outcome = home.outcome(cleo, (live, done) =>
    live.strangers.introduce(...people, "You both bake.", done),
  );
  expect(outcome).toBe("none");
  home.until(() => tray(to).includes(calls ?? ""));
}

test("what came to one device is shown on all, and answered on whichever is at hand", () => {
  const { home, laptop, phone, cleo, strangers } = village(90, ["ben", "dan", "eva"]);
  const [ben, dan, eva] = strangers as [SimPeer, SimPeer, SimPeer];
  phone.stop();
  bring(home, cleo, ben, laptop);
  bring(home, cleo, dan, laptop);
  expect(tray(laptop)).toEqual(["ben", "dan"]);
  phone.start();
  home.until(() => tray(phone).join() === "ben there,dan there");
  // The laptop is closed: what is answered on the phone meanwhile waits for it, also over a restart.
  laptop.stop();
  expect(answer(home, phone, "ben", "accept", "Ben")).toBe("none");
  expect(answer(home, phone, "dan", "unwanted")).toBe("none");
  expect(tray(phone)).toEqual([]);
  phone.crash();
  phone.start();
  home.until(() => phone.act((live) => live.tray.waiting().length) === 2);
  expect(tray(phone)).toEqual([]);
  laptop.start();
  // The two answers come one after the other.
  home.until(() => states(laptop).includes("Ben asked") && tray(laptop).length === 0);
  home.until(() => phone.act((live) => live.tray.waiting().length) === 0);
  const { id } = ben.act((live) => live.tray.requests())?.[0] ?? { id: "" };
  home.outcome(ben, (live, done) => live.tray.answer(id, "accept", undefined, done));
  home.until(() => [laptop, phone].every((one) => states(one).includes("Ben met")));
  // What was unwanted on one device closes the way to the other one, too.
  for (const device of [laptop, phone]) {
    home.until(
      () => (device.act((live) => live.strangers.standing(personOf(cleo)))?.violations ?? 0) > 0,
    );
    expect(device.act((live) => live.strangers.refusalOf(personOf(cleo)))).toBe("closed");
  }
  laptop.stop();
  const people = [personOf(eva), personOf(phone)] as const;
  home.outcome(cleo, (live, done) => live.strangers.introduce(...people, "", done));
  home.world.run(60_000);
  expect(tray(phone)).toEqual([]);
});
