import { describe, expect, test } from "vitest";
import { Household } from "../../test/support/household.ts";
import type { SimPeer } from "../simulation/sim-peer.ts";
import { PAIRING_GRACE_MS, PAIRING_OPEN_MS, PAIRING_SILENCE_MS } from "./limits.ts";

/** Devices of a person as a peer knows them, by name. */
function devicesOf(viewer: SimPeer, of: SimPeer): Record<string, string> {
  const { personId } = of.identity.person;
  const devices = viewer.act((peer) => peer.devices.of(personId)) ?? [];
  return Object.fromEntries(devices.map(({ name, state }) => [name, state]));
}

function newsAt(viewer: SimPeer): readonly string[] {
  const news = viewer.act(({ devices }) => devices.news()) ?? [];
  return news.map(({ kind, name, by, origin }) => `${kind} ${name} by ${by || origin}`);
}

function contactDevices(viewer: SimPeer, of: SimPeer): readonly string[] {
  const { personId } = of.identity.person;
  const contact = viewer.act(({ contacts }) => contacts.byPerson(personId));
  return (contact?.devices ?? []).map(({ peerId }) => peerId).sort();
}

describe("a person with several devices", () => {
  test("is known to contacts by all of them; a new one has the contacts, and none has the words", () => {
    const home = new Household(1);
    const laptop = home.first("anna", "laptop");
    const ben = home.first("ben", "ben's");
    home.introduce(laptop, ben);
    const phone = home.pair(laptop, "phone");
    expect(phone.identity.person.root).toBeUndefined();
    expect(phone.identity.person.personId).toBe(laptop.identity.person.personId);
    home.until(() => contactDevices(ben, laptop).length === 2);
    expect(home.hasMet(phone, ben)).toBe(true);
    expect(devicesOf(ben, laptop)).toEqual({ laptop: "standing", phone: "standing" });
    expect(newsAt(ben)).toEqual(["added phone by laptop"]);
    expect(
      home.outcome(phone, (peer, done) => peer.devices.rename("phone", "Anna's phone", done)),
    ).toBe("none");
    home.until(() => newsAt(ben).length === 2);
    expect(devicesOf(ben, laptop)).toEqual({ laptop: "standing", "Anna's phone": "standing" });
    // Whoever meets the device that has no words meets the person.
    const cleo = home.first("cleo", "cleo's");
    home.introduce(phone, cleo);
    home.until(() => home.hasMet(laptop, cleo) && contactDevices(cleo, laptop).length === 2);
  });

  test("that is new does not listen to people who were blocked, nor to those who were deleted", () => {
    const home = new Household(13);
    const laptop = home.first("anna", "laptop");
    const [ben, cleo] = [home.first("ben", "ben's"), home.first("cleo", "cleo's")];
    home.introduce(laptop, ben);
    home.introduce(laptop, cleo);
    const [bens, cleos] = [ben.identity.person.personId, cleo.identity.person.personId];
    laptop.act((peer) => peer.care.setBlocked(bens, true, () => {}));
    laptop.act((peer) => peer.removeContact(cleos, () => {}));
    home.world.run(2_000);
    const phone = home.pair(laptop, "phone");
    home.world.run(30_000);
    const { personId } = laptop.identity.person;
    for (const one of [ben, cleo]) {
      one.act(({ messages }) => messages.send(personId, "Hello?", () => {}));
    }
    home.world.run(30_000);
    expect(phone.act(({ contacts }) => contacts.about.isBlocked(bens))).toBe(true);
    // Cleo shows Anna's old word to the phone, which does not know her.
    expect(phone.act(({ contacts }) => contacts.byPerson(cleos))).toBeUndefined();
    expect(phone.act(({ messages }) => messages.unreadCount())).toBe(0);
  });

  test("that is the only one is not revoked, also by itself; with another one it may be", () => {
    const home = new Household(2);
    const laptop = home.first("anna", "laptop");
    const revoke = (name: string) =>
      home.outcome(laptop, ({ devices }, done) => devices.revoke(name, done));
    expect(revoke("laptop")).toBe("only-device");
    expect(laptop.act(({ devices }) => devices.isOut)).toBe(false);
    home.pair(laptop, "phone");
    expect(revoke("phone")).toBe("none");
    expect(revoke("phone")).toBe("already-revoked");
    expect(revoke("laptop")).toBe("only-device");
    home.pair(laptop, "tablet");
    expect(revoke("laptop")).toBe("none");
  });

  test("that was revoked is nobody's: contacts take it away and refuse what it sends", () => {
    const home = new Household(2);
    const laptop = home.first("anna", "laptop");
    const ben = home.first("ben", "ben's");
    home.introduce(laptop, ben);
    const phone = home.pair(laptop, "phone");
    home.until(() => contactDevices(ben, laptop).length === 2);
    expect(home.outcome(phone, ({ devices }, done) => devices.revoke("laptop", done))).toBe(
      "not-senior",
    );
    expect(home.outcome(laptop, ({ devices }, done) => devices.revoke("phone", done))).toBe("none");
    home.until(() => contactDevices(ben, laptop).length === 1);
    expect(newsAt(ben)).toEqual(["added phone by laptop", "revoked phone by paired"]);
    home.until(() => devicesOf(phone, laptop)["phone"] === "revoked");
    expect(home.outcome(phone, ({ devices }, done) => devices.rename("phone", "x", done))).toBe(
      "revoked",
    );
    expect([laptop, phone].map((peer) => peer.act(({ devices }) => devices.isOut))).toEqual([
      false,
      true,
    ]);
    // Shares would stay on their way for good.
    const friends = [ben.identity.person.personId];
    const share = home.outcome(phone, ({ devices }, done) =>
      devices.sharing.share(friends, 2, done),
    );
    expect(share).toBe("revoked");
    // It still believes that it is in reach, and sends: nothing arrives.
    const { personId } = ben.identity.person;
    phone.act(({ messages }) => messages.send(personId, "It is me!", () => {}));
    home.world.run(30_000);
    expect(ben.act(({ messages }) => messages.unreadCount())).toBe(0);
    laptop.act(({ messages }) => messages.send(personId, "The phone is gone.", () => {}));
    home.until(() => ben.act(({ messages }) => messages.unreadCount()) === 1);
    expect(contactDevices(ben, laptop)).toEqual([laptop.id]);
  });

  test("that was revoked while a contact was away is refused once both meet again", () => {
    const home = new Household(3);
    const laptop = home.first("anna", "laptop");
    const ben = home.first("ben", "ben's");
    home.introduce(laptop, ben);
    const phone = home.pair(laptop, "phone");
    home.until(() => contactDevices(ben, laptop).length === 2);
    // A revoked device that hears of it tells contacts itself; this one has heard nothing.
    for (const away of [ben, phone]) away.crash();
    expect(home.outcome(laptop, ({ devices }, done) => devices.revoke("phone", done))).toBe("none");
    laptop.crash();
    for (const back of [ben, phone]) back.start();
    home.world.run(20_000);
    expect(contactDevices(ben, laptop)).toEqual([laptop.id, phone.id].sort());
    laptop.start();
    home.until(() => contactDevices(ben, laptop).length === 1);
    phone.crash();
    phone.start();
    home.world.run(20_000);
    expect(contactDevices(ben, laptop)).toEqual([laptop.id]);
  });

  test("is reached by a device that a device added; one that was smuggled past the log is nobody's", () => {
    const home = new Household(12);
    const laptop = home.first("anna", "laptop");
    const ben = home.first("ben", "ben's");
    home.introduce(laptop, ben);
    const phone = home.pair(laptop, "phone");
    const watch = home.pair(phone, "watch");
    expect(watch.identity.certificate.via.length).toBe(1);
    home.until(() => contactDevices(ben, laptop).length === 3);
    home.until(() => home.hasMet(watch, ben));
    const smuggled = home.smuggle(phone, "smuggled");
    const { personId } = ben.identity.person;
    home.until(() => ben.act(({ routing }) => routing.record(smuggled.id)) !== undefined);
    home.world.run(20_000);
    expect(contactDevices(ben, laptop)).toEqual([laptop.id, phone.id, watch.id].sort());
    expect(smuggled.act(({ contacts }) => contacts.all())).toEqual([]);
    // The watch was known to the laptop when it revoked the phone: it stays.
    home.until(() => devicesOf(laptop, laptop)["watch"] === "standing");
    expect(home.outcome(laptop, ({ devices }, done) => devices.revoke("phone", done))).toBe("none");
    home.until(() => contactDevices(ben, laptop).length === 2);
    watch.act(({ messages }) => messages.send(personId, "Still here", () => {}));
    home.until(() => ben.act(({ messages }) => messages.unreadCount()) === 1);
  });

  test("comes back by the words with all contacts, who hear of it, and revokes what was lost", () => {
    const home = new Household(4);
    const laptop = home.first("anna", "laptop");
    const ben = home.first("ben", "ben's");
    home.introduce(laptop, ben);
    const phone = home.pair(laptop, "phone");
    home.until(() => contactDevices(ben, laptop).length === 2);
    for (const lost of [laptop, phone]) lost.crash();
    const fresh = home.first("anna", "new laptop", "words");
    home.until(() => home.hasMet(fresh, ben));
    home.until(() => newsAt(ben).includes("added new laptop by words"));
    home.until(() => Object.keys(devicesOf(fresh, fresh)).length === 3);
    // Those of before are not new to somebody who comes back.
    expect(newsAt(fresh)).toEqual([]);
    for (const lost of ["laptop", "phone"]) {
      expect(home.outcome(fresh, ({ devices }, done) => devices.revoke(lost, done))).toBe("none");
    }
    home.until(() => contactDevices(ben, laptop).length === 1);
    expect(contactDevices(ben, laptop)).toEqual([fresh.id]);
    fresh.act(({ messages }) => messages.send(ben.identity.person.personId, "I am back", () => {}));
    home.until(() => ben.act(({ messages }) => messages.unreadCount()) === 1);
  });
});

test("what is known of a contact's devices goes with the contact", () => {
  const home = new Household(13);
  const laptop = home.first("anna", "laptop");
  const ben = home.first("ben", "ben's");
  home.introduce(laptop, ben);
  const { personId } = laptop.identity.person;
  home.until(() => devicesOf(ben, laptop)["laptop"] === "standing");
  const ids = [ben.identity.person.personId, "0".repeat(32)];
  expect(home.outcome(laptop, ({ devices }, done) => devices.sharing.share(ids, 2, done))).toBe(
    "none",
  );
  home.until(() => ben.act(({ devices }) => devices.keeping.of(personId)) !== undefined);
  let code = "";
  ben.act((peer) =>
    peer.removeContact(personId, (error) => {
      code = error?.code ?? "none";
    }),
  );
  home.until(() => code !== "");
  expect([code, devicesOf(ben, laptop)]).toEqual(["none", {}]);
  expect(ben.act(({ devices }) => devices.keeping.of(personId))).toBeUndefined();
  ben.crash();
  laptop.crash();
  ben.start();
  home.until(() => ben.isReady);
  expect(devicesOf(ben, laptop)).toEqual({});
});

describe("adding a device by words", () => {
  test("needs the words that the new device shows", () => {
    const home = new Household(5);
    const laptop = home.first("anna", "laptop");
    laptop.act(({ devices }) => devices.adding.open([]));
    const attempt = home.join("phone");
    home.until(() => attempt.words !== undefined);
    home.until(() => laptop.act(({ devices }) => devices.adding.status.state) === "comparing");
    expect(laptop.act(({ devices }) => devices.adding.status.name)).toBe("phone");
    const words = (attempt.words ?? []).map((word) => ` ${word.toUpperCase()}`);
    laptop.act(({ devices }) => devices.adding.confirm(words));
    home.until(() => attempt.kept !== undefined);
    attempt.peer.act(() => attempt.kept?.());
    home.until(() => laptop.act(({ devices }) => devices.adding.status.state) === "added");
    const phone = home.begin(attempt);
    home.until(() => devicesOf(phone, laptop)["phone"] === "standing");
  });

  test("has one try: other words end it, and nothing was added", () => {
    const home = new Household(6);
    const laptop = home.first("anna", "laptop");
    laptop.act(({ devices }) => devices.adding.open([]));
    const attempt = home.join("phone");
    home.until(() => laptop.act(({ devices }) => devices.adding.status.state) === "comparing");
    const wrong = ["abandon", "abandon", "abandon", "zoo"];
    expect(
      laptop.act(({ devices }) => {
        try {
          devices.adding.confirm(wrong);
          return "none";
        } catch (error) {
          return (error as { readonly code: string }).code;
        }
      }),
    ).toBe("words-differ");
    home.until(() => attempt.error !== undefined);
    expect(attempt.error?.code).toBe("refused");
    expect(laptop.act(({ devices }) => devices.adding.status.state)).toBe("failed");
    expect(laptop.act(({ devices }) => devices.own().length)).toBe(1);
  });

  test("closes by itself", () => {
    const home = new Household(7);
    const laptop = home.first("anna", "laptop");
    laptop.act(({ devices }) => devices.adding.open([]));
    home.world.run(PAIRING_OPEN_MS + 1_000);
    expect(laptop.act(({ devices }) => devices.adding.status.state)).toBe("failed");
    const attempt = home.join("phone");
    home.until(() => attempt.error !== undefined, PAIRING_OPEN_MS + 10_000);
    expect(attempt.error?.code).toBe("unreachable");
  });
});

describe("a pairing that is cut short", () => {
  test("leaves no device behind: silent ones are taken out again", () => {
    const home = new Household(8);
    const laptop = home.first("anna", "laptop");
    const link = laptop.act(({ devices }) => devices.adding.open([]).link) ?? "";
    const attempt = home.join("phone", link);
    home.until(() => attempt.joined !== undefined);
    attempt.peer.crash();
    home.world.run(PAIRING_SILENCE_MS + PAIRING_GRACE_MS + 5_000);
    expect(devicesOf(laptop, laptop)).toEqual({ laptop: "standing", phone: "revoked" });
    expect(laptop.act(({ devices }) => devices.adding.status.state)).toBe("failed");
  });

  test("a standing device that dies in the middle takes the silent one out after its next start", () => {
    const home = new Household(9);
    const laptop = home.first("anna", "laptop");
    const link = laptop.act(({ devices }) => devices.adding.open([]).link) ?? "";
    const attempt = home.join("phone", link);
    home.until(() => attempt.joined !== undefined);
    laptop.crash();
    attempt.peer.crash();
    laptop.start();
    home.until(() => devicesOf(laptop, laptop)["phone"] === "revoked", 700_000);
  });

  test("a device that has everything is in, also where its last word was lost", () => {
    const home = new Household(10);
    const laptop = home.first("anna", "laptop");
    const link = laptop.act(({ devices }) => devices.adding.open([]).link) ?? "";
    const attempt = home.join("phone", link);
    home.until(() => attempt.joined !== undefined);
    laptop.crash();
    const phone = home.begin(attempt);
    laptop.start();
    home.world.run(700_000);
    expect(devicesOf(laptop, laptop)).toEqual({ laptop: "standing", phone: "standing" });
    expect(devicesOf(phone, laptop)).toEqual({ laptop: "standing", phone: "standing" });
  });

  test("a link lets one device in, and no guess", () => {
    const home = new Household(11);
    const laptop = home.first("anna", "laptop");
    const link = laptop.act(({ devices }) => devices.adding.open([]).link) ?? "";
    const phone = home.join("phone", link);
    home.until(() => phone.kept !== undefined);
    phone.peer.act(() => phone.kept?.());
    home.world.run(1_000);
    laptop.act(({ devices }) => devices.adding.open([]));
    const thief = home.join("thief", link);
    home.until(() => thief.error !== undefined);
    expect(thief.error?.code).toBe("refused");
    expect(Object.keys(devicesOf(laptop, laptop))).toEqual(["laptop", "phone"]);
  });
});
