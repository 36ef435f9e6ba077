import { expect, test } from "vitest";
import { Household } from "../../test/support/household.ts";
import type { TypedError } from "../base/errors.ts";
import type { SimPeer } from "../simulation/sim-peer.ts";
import type { Peer } from "./index.ts";

const personOf = (peer: SimPeer): string => peer.identity.person.personId;

/** Contacts as somebody sees them: name, verified, blocked. */
function book(peer: SimPeer): readonly string[] {
  const found = peer.act(({ contacts, care }) =>
    contacts.all().map((contact) => {
      const { verified, blockedAtMs } = care.about(contact);
      const marks = [verified && "verified", blockedAtMs && "blocked"].filter(Boolean);
      return [contact.petname, ...marks].join(" ");
    }),
  );
  return found ?? ["does not run"];
}

type Done = (error: TypedError | null) => void;

function change(home: Household, peer: SimPeer, act: (live: Peer, done: Done) => void): void {
  const outcome = home.outcome(peer, (live, done) => act(live, done as Done));
  expect(outcome).toBe("none");
}

test("what is changed on one device is changed on all, also on one that was off or came later", () => {
  const home = new Household(88);
  const laptop = home.first("anna", "laptop");
  const [ben, cleo, dan] = [
    home.first("ben", "b"),
    home.first("cleo", "c"),
    home.first("dan", "d"),
  ];
  home.introduce(laptop, ben);
  home.introduce(laptop, cleo);
  const phone = home.pair(laptop, "phone");
  expect(book(phone)).toEqual(["b", "c"]);
  change(home, phone, ({ contacts }, done) => contacts.rename(personOf(ben), "Ben", done));
  change(home, laptop, ({ care }, done) => care.setBlocked(personOf(cleo), true, done));
  home.until(() => book(laptop).join() === "Ben,c blocked");
  home.until(() => book(phone).join() === "Ben,c blocked");
  // Somebody whom only the phone has met, known on the laptop by their own word.
  home.introduce(phone, dan);
  home.until(() => book(laptop).join() === "Ben,c blocked,d");
  // Undefined where dan's own word came before the phone's, which is chance.
  const via = laptop.act(({ contacts }) => contacts.book.via(personOf(dan)));
  expect([phone.identity.id, undefined]).toContain(via);
  phone.stop();
  change(home, laptop, (live, done) => live.removeContact(personOf(cleo), done));
  const link = laptop.act(({ care }) => care.ownLink());
  expect(link).toBeDefined();
  const code = ben.act(({ care }) => care.ownLink()) ?? "";
  change(home, laptop, ({ care }, done) => care.scanned(personOf(ben), code, done));
  home.world.run(3_600_000);
  phone.start();
  home.until(() => book(phone).join() === "Ben verified,d");
  const tablet = home.pair(phone, "tablet");
  expect(book(tablet)).toEqual(["Ben verified", "d"]);
  change(home, tablet, ({ contacts }, done) => contacts.rename(personOf(dan), "Dan", done));
  home.until(() => [laptop, phone].every((one) => book(one).join() === "Ben verified,Dan"));
  change(home, laptop, ({ devices }, done) => devices.revoke("tablet", done));
  home.world.run(5_000);
  change(home, laptop, ({ contacts }, done) => contacts.rename(personOf(dan), "Daniel", done));
  home.until(() => book(phone).join() === "Ben verified,Daniel");
  home.world.run(60_000);
  expect(book(tablet)).toEqual(["Ben verified", "Dan"]);
}, 60_000);

test("a device that the words have brought back is told as soon as the log names it", () => {
  const home = new Household(89);
  const laptop = home.first("anna", "laptop");
  const [ben, cleo] = [home.first("ben", "b"), home.first("cleo", "c")];
  home.introduce(laptop, ben);
  home.introduce(laptop, cleo);
  change(home, laptop, ({ contacts }, done) => contacts.rename(personOf(ben), "Ben", done));
  change(home, laptop, (live, done) => live.removeContact(personOf(cleo), done));
  const restored = home.first("anna", "new laptop", "words");
  home.until(() => book(restored).join() === "Ben");
  expect(restored.act(({ contacts }) => contacts.removed.all())).toEqual([personOf(cleo)]);
  change(home, restored, ({ contacts }, done) => contacts.rename(personOf(ben), "Benno", done));
  home.until(() => book(laptop).join() === "Benno");
}, 60_000);
