import { expect, test } from "vitest";
import { Household } from "../../test/support/household.ts";
import type { SimPeer } from "../simulation/sim-peer.ts";

const personOf = (peer: SimPeer): string => peer.identity.person.personId;

function say(home: Household, from: SimPeer, to: SimPeer, text: string): void {
  let isKept = false;
  from.act(({ messages }) =>
    messages.send(personOf(to), text, (error) => {
      if (error !== null) throw error;
      isKept = true;
    }),
  );
  home.until(() => isKept);
}

function texts(home: Household, of: SimPeer): readonly string[] {
  let found: readonly string[] | undefined;
  of.act(({ messages }) =>
    messages.list({ limit: 500 }, (_error, all) => {
      found = all.map(({ text, state }) => `${text} ${state}`);
    }),
  );
  home.until(() => found !== undefined);
  return found ?? [];
}

const unread = (peer: SimPeer): number =>
  peer.act(({ messages }) => messages.unreadCount()) ?? Number.NaN;

test("a phone that the laptop takes in knows what was said; what is read on one is read on both", () => {
  const home = new Household(77);
  const laptop = home.first("anna", "laptop");
  const ben = home.first("ben", "ben's");
  home.introduce(laptop, ben);
  say(home, ben, laptop, "hello");
  home.until(() => unread(laptop) === 1);
  laptop.act(({ messages }) => messages.markRead(personOf(ben), () => undefined));
  say(home, laptop, ben, "hello you");
  say(home, ben, laptop, "tomorrow?");
  home.until(() => unread(laptop) === 1);
  const phone = home.pair(laptop, "phone");
  home.until(() => texts(home, phone).length === 3, 120_000);
  expect(texts(home, phone)).toEqual(["hello read", "hello you sent", "tomorrow? unread"]);
  expect(laptop.act(({ messages }) => messages.history.given())).toMatchObject([
    { device: phone.identity.id, givenCount: 3, isDone: true },
  ]);
  phone.act(({ messages }) => messages.markRead(personOf(ben), () => undefined));
  home.until(() => unread(laptop) === 0);
  say(home, ben, laptop, "at nine");
  home.until(() => unread(laptop) === 1 && unread(phone) === 1);
  // A device that somebody does not want to have it gets nothing of before.
  laptop.act(({ messages }) => {
    messages.history.isForAdded = false;
  });
  const tablet = home.pair(laptop, "tablet");
  home.world.run(30_000);
  expect(texts(home, tablet)).toEqual([]);
  // Until somebody asks for it.
  expect(
    home.outcome(laptop, (peer, done) =>
      peer.messages.history.give(peer.devices.find("tablet").peerId, () => done(null)),
    ),
  ).toBe("none");
  home.until(() => texts(home, tablet).length === 4, 120_000);
  laptop.act(({ devices }) => devices.revoke("phone", () => undefined));
  home.until(() => laptop.act(({ messages }) => messages.history.given())?.length === 1);
  say(home, laptop, ben, "after");
  home.world.run(5_000);
  let waiting: number | undefined;
  laptop.disk.records.scan(`messages/o/${phone.identity.id}`, (_error, found) => {
    waiting = found.length;
  });
  home.until(() => waiting !== undefined);
  expect(waiting).toBe(0);
}, 60_000);
