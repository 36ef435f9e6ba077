import { expect, test } from "vitest";
import { introduce, suite, Village, type Villager } from "../../test/support/village.ts";
import { encodeGreeting } from "../contacts/greeting.ts";
import type { InviteWish } from "../contacts/index.ts";
import { decodeInvite } from "../contacts/index.ts";
import { encodeInvite } from "../contacts/invite.ts";
import { encodePeerRecord } from "../identity/index.ts";
import type { CarriedIn } from "../messages/index.ts";
import { INVITE_PREKEYS_MAX } from "../messages/limits.ts";
import { SILENT_LOG } from "../ports/index.ts";
import { acceptInvite, createInvite, type InviteParts } from "./invites.ts";

const DAY_MS = 86_400_000;

function partsOf(villager: Villager): InviteParts {
  const { contacts, messages } = villager.live;
  return { identity: villager.identity, suite, log: SILENT_LOG, contacts, messages };
}

function invite(village: Village, by: Villager, wish: InviteWish = {}): string {
  let link = "";
  createInvite(partsOf(by), [], wish, (error, made) => {
    link = error?.code ?? made?.link ?? "";
  });
  while (link === "" && village.step());
  return link;
}

function accept(village: Village, by: Villager, link: string): void {
  let isDone = false;
  acceptInvite(partsOf(by), link, undefined, (error) => {
    expect(error).toBeNull();
    isDone = true;
  });
  while (!isDone && village.step());
}

function write(village: Village, from: Villager, to: Villager, text: string): void {
  from.live.messages.send(to.identity.person.personId, text, (error) => expect(error).toBeNull());
  village.settle();
}

/** Carries by hand what waits with one to the other. */
function carry(village: Village, from: Villager, to: Villager): CarriedIn | undefined {
  let file: Uint8Array | undefined;
  from.live.messages.carryOut({}, (carried) => {
    file = carried.file;
  });
  while (file === undefined && village.step());
  let came: CarriedIn | undefined;
  to.live.messages.carryIn(file ?? new Uint8Array(), (error, carried) => {
    expect(error).toBeNull();
    came = carried;
  });
  village.settle();
  return came;
}

/** Villagers who never reach each other. */
function apart(seed: number, ...names: string[]): { village: Village; all: Villager[] } {
  const village = new Village(seed);
  const all: Villager[] = [];
  for (const name of names) {
    const one = village.add(name);
    for (const other of all) village.part(one, other);
    all.push(one);
  }
  village.settle();
  return { village, all };
}

const texts = ({ told }: Villager): readonly string[] =>
  told.filter(({ direction }) => direction === "in").map(({ text }) => text);

test("who holds an invite writes at once; the letters are read without a round trip, and both have met", () => {
  const { village, all } = apart(1, "anna", "ben");
  const [anna, ben] = all as [Villager, Villager];
  const link = invite(village, anna);
  // It fits a QR code of 101 by 101 modules with room for the endpoints of a usual machine.
  expect(link.length).toBeLessThan(750);
  accept(village, ben, link.toUpperCase());
  for (const text of ["hello Anna", "are you there?"]) write(village, ben, anna, text);
  expect(carry(village, ben, anna)).toMatchObject({ letters: 3, delivered: 3, refused: 0 });
  expect(texts(anna)).toEqual(["hello Anna", "are you there?"]);
  expect(anna.live.contacts.all()).toMatchObject([{ petname: "ben", state: "met" }]);
  expect(ben.live.contacts.all()).toMatchObject([{ petname: "anna", state: "asked" }]);
  write(village, anna, ben, "yes");
  carry(village, anna, ben);
  expect(texts(ben)).toEqual(["yes"]);
  expect(ben.live.contacts.all()).toMatchObject([{ petname: "anna", state: "met" }]);
  expect(ben.live.messages.waitingCount()).toBe(0);
  // The same file once more, and then a meeting: nothing comes twice.
  carry(village, anna, ben);
  village.join(anna, ben);
  village.settle(20);
  write(village, ben, anna, "in person");
  expect([texts(anna).length, texts(ben).length]).toEqual([3, 1]);
  expect([anna, ben].map(({ live }) => live.messages.waitingCount())).toEqual([0, 0]);
});

test("the letters survive crashes of both, wherever the one who takes them in stops", () => {
  for (let effects = 0; effects < 12; effects++) {
    const { village, all } = apart(100 + effects, "anna", "ben");
    const [anna, ben] = all as [Villager, Villager];
    const link = invite(village, anna);
    const restart = (one: Villager, after: number): void => {
      village.crash(one, after);
      village.start(one);
      village.settle();
    };
    restart(anna, 0);
    accept(village, ben, link);
    write(village, ben, anna, "one");
    write(village, ben, anna, "two");
    restart(ben, 0);
    let file = new Uint8Array();
    ben.live.messages.carryOut({}, (carried) => {
      file = Uint8Array.from(carried.file);
    });
    village.settle();
    anna.live.messages.carryIn(file, () => undefined);
    for (let step = 0; step < effects; step++) village.step();
    restart(anna, effects % 3);
    anna.live.messages.carryIn(file, (error) => expect(error).toBeNull());
    village.settle();
    expect(anna.live.messages.unreadCount(), `${effects} effects`).toBe(2);
    village.join(anna, ben);
    village.settle(20);
    expect(ben.live.messages.waitingCount(), `${effects} effects`).toBe(0);
    expect(anna.live.messages.unreadCount(), `${effects} effects`).toBe(2);
    expect(ben.live.contacts.all()[0]?.state).toBe("met");
  }
});

test("the prekey of an invite for one opens one channel and is erased; the end of an invite is its prekey's", () => {
  const { village, all } = apart(2, "anna", "ben", "cleo");
  const [anna, ben, cleo] = all as [Villager, Villager, Villager];
  const secrets = (): number =>
    [...anna.disk.kept.keys()].filter((key) => key.startsWith("messages/k/i/")).length;
  const single = invite(village, anna, { usesMax: 1, lifeMs: DAY_MS });
  expect(secrets()).toBe(1);
  for (const guest of [ben, cleo]) {
    accept(village, guest, single);
    write(village, guest, anna, "hello");
  }
  carry(village, ben, anna);
  expect([texts(anna), secrets()]).toEqual([["hello"], 0]);
  carry(village, cleo, anna);
  expect(texts(anna)).toEqual(["hello"]);
  const short = invite(village, anna, { lifeMs: DAY_MS });
  accept(village, cleo, short);
  write(village, cleo, anna, "too late");
  village.clock.advance(DAY_MS + 1_000);
  carry(village, cleo, anna);
  expect([texts(anna), anna.live.contacts.all().length]).toEqual([["hello"], 1]);
  village.crash(anna, 0);
  village.start(anna);
  village.settle();
  expect(secrets()).toBe(0);
});

test("a letter that comes before the greeting is left to who brings it, and is taken afterwards", () => {
  const { village, all } = apart(3, "anna", "ben");
  const [anna, ben] = all as [Villager, Villager];
  accept(village, ben, invite(village, anna));
  write(village, ben, anna, "second letter");
  const outbox = [...ben.disk.kept.keys()].filter((key) => key.startsWith("messages/o/")).sort();
  const greeting = outbox[0] ?? "";
  const record = ben.disk.kept.get(greeting) ?? new Uint8Array();
  ben.disk.kept.delete(greeting);
  const restart = (): void => {
    village.crash(ben, 0);
    village.start(ben);
    village.settle();
  };
  restart();
  expect(carry(village, ben, anna)).toMatchObject({ delivered: 0, refused: 1 });
  ben.disk.kept.set(greeting, record);
  restart();
  expect(carry(village, ben, anna)).toMatchObject({ delivered: 1, repeated: 1, refused: 0 });
  expect(texts(anna)).toEqual(["second letter"]);
  const { letters } = carry(village, anna, ben) ?? {};
  expect([letters, ben.live.messages.waitingCount()]).toEqual([1, 0]);
});

test("a greeting with another's record, or without a good token, makes nobody a contact", () => {
  const { village, all } = apart(4, "anna", "ben", "mallory");
  const [anna, ben, mallory] = all as [Villager, Villager, Villager];
  const link = invite(village, anna);
  const { token, firstContact } = decodeInvite(suite, link);
  accept(village, mallory, link);
  const asked = mallory.live.contacts.greetings.ask(anna.identity.id);
  const record = encodePeerRecord(ben.identity, { name: "ben", seqno: 0 });
  const request = { t: "request", n: "ben", k: token, w: new Uint8Array(64) } as const;
  const dhKey = mallory.identity.dhKey.publicKey;
  const contents = [
    encodeGreeting(request, record),
    encodeGreeting(request),
    encodeGreeting({ t: "accepted", w: new Uint8Array(64) }, record),
    (asked ?? new Uint8Array()).map((byte, at) => (at === 200 ? byte ^ 1 : byte)),
    new Uint8Array(5_000),
    new Uint8Array(),
  ];
  let refused = 0;
  for (const content of contents) {
    for (const key of [dhKey, ben.identity.dhKey.publicKey]) {
      anna.live.contacts.greetings.take(content, key, (who) => {
        if (who === undefined) refused++;
      });
    }
  }
  village.settle();
  expect([refused, anna.live.contacts.all().length]).toEqual([2 * contents.length, 0]);
  const forged = { name: "anna", endpoints: [], token: token.map((byte) => byte ^ 1) };
  const other = encodeInvite(anna.identity, { ...forged, expiresAtMs: 4e12, firstContact });
  accept(village, ben, other);
  write(village, ben, anna, "let me in");
  carry(village, ben, anna);
  expect([texts(anna).length, anna.live.contacts.all().length]).toEqual([0, 0]);
});

test("with as many prekeys out as may be, an invite has none and lets people in all the same", () => {
  const village = new Village(5);
  const [anna, ben] = [village.add("anna"), village.add("ben")];
  village.part(anna, ben);
  const { invitePrekeys } = anna.live.messages.firstContacts;
  for (let made = 0; made < INVITE_PREKEYS_MAX - 1; made++) {
    invitePrekeys.make(DAY_MS, false, (error) => expect(error).toBeNull());
  }
  village.settle();
  expect(decodeInvite(suite, invite(village, anna)).firstContact?.bundle.length).toBe(102);
  const link = invite(village, anna);
  expect(decodeInvite(suite, link).firstContact).toBeUndefined();
  accept(village, ben, link);
  write(village, ben, anna, "as before");
  expect(ben.live.messages.waitingCount()).toBe(1);
  village.join(anna, ben);
  village.settle(20);
  expect(texts(anna)).toEqual(["as before"]);
  expect(invite(village, anna, { lifeMs: 0 })).toBe("bad-terms");
});

test("the first letter is left with an anchor of the inviter, who reads it when back, with its writer gone", () => {
  const village = new Village(6);
  const [anna, ben, cleo] = [village.add("anna"), village.add("ben"), village.add("cleo")];
  village.part(anna, ben);
  village.part(ben, cleo);
  introduce(village, anna, cleo);
  anna.live.messages.anchors.ask(cleo.identity.id, (error) => expect(error).toBeNull());
  village.settle(20);
  cleo.live.messages.anchors.agree(anna.identity.id, {}, (error) => expect(error).toBeNull());
  village.settle(20);
  const link = invite(village, anna, { usesMax: 1 });
  village.part(anna, cleo);
  accept(village, ben, link);
  write(village, ben, anna, "left with Cleo");
  village.join(ben, cleo);
  village.settle(20);
  expect(cleo.live.messages.holding(anna.identity.id).letters).toBe(2);
  village.part(ben, cleo);
  village.join(anna, cleo);
  village.settle(20);
  expect(texts(anna)).toEqual(["left with Cleo"]);
  expect(anna.live.contacts.byPerson(ben.identity.person.personId)?.state).toBe("met");
});
