import { describe, expect, test } from "vitest";
import { introduce, Village, type Villager } from "../../test/support/village.ts";
import type { Message } from "./types.ts";

function send(from: Villager, to: Villager, text: string): { message: Message | undefined } {
  const sent: { message: Message | undefined } = { message: undefined };
  from.live.messages.send(to.identity.person.personId, text, (error, message) => {
    if (error !== null) throw error;
    sent.message = message;
  });
  return sent;
}

function list(village: Village, of: Villager, withPerson?: Villager): readonly Message[] {
  let found: readonly Message[] | undefined;
  const query = withPerson && { withPerson: withPerson.identity.person.personId };
  of.live.messages.list({ ...query, limit: 500 }, (error, messages) => {
    if (error !== null) throw error;
    found = messages;
  });
  while (found === undefined && village.step());
  return found ?? [];
}

describe("two people who have met", () => {
  test("a message arrives once, is delivered, then read", () => {
    const village = new Village(1);
    const [anna, ben] = [village.add("anna"), village.add("ben")];
    introduce(village, anna, ben);
    expect(ben.live.contacts.all().map((c) => [c.petname, c.state])).toEqual([["anna", "met"]]);
    expect(anna.live.contacts.all().map((c) => [c.petname, c.state])).toEqual([["ben", "met"]]);
    const sent = send(anna, ben, "Hello\n\tBen ✨");
    village.settle();
    expect(sent.message?.state).toBe("waiting");
    expect(ben.told.map((m) => [m.text, m.state, m.direction])).toEqual([
      ["Hello\n\tBen ✨", "unread", "in"],
    ]);
    expect(anna.states.map((m) => [m.id, m.state, m.text])).toEqual([
      [sent.message?.id, "delivered", "Hello\n\tBen ✨"],
    ]);
    expect(anna.live.messages.waitingCount()).toBe(0);
    expect(ben.live.messages.unreadCount()).toBe(1);
    ben.live.messages.markRead(anna.identity.person.personId, () => {});
    village.settle();
    expect(ben.live.messages.unreadCount()).toBe(0);
    expect(list(village, ben).map((m) => m.state)).toEqual(["read"]);
  });
});
