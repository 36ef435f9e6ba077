import { describe, expect, test } from "vitest";
import { introduce, Village, type Villager } from "../../../test/support/village.ts";
import type { Message } from "../types.ts";

/** People of whom the third holds letters for the second. */
function withAnchor(seed: number): { village: Village; people: [Villager, Villager, Villager] } {
  const village = new Village(seed);
  const people: [Villager, Villager, Villager] = [
    village.add("anna"),
    village.add("ben"),
    village.add("cleo"),
  ];
  const [anna, ben, cleo] = people;
  introduce(village, anna, ben);
  introduce(village, ben, cleo);
  befriend(village, ben, cleo);
  return { village, people };
}

/** `anchor` agrees to hold letters for `owner`. */
function befriend(village: Village, owner: Villager, anchor: Villager): void {
  owner.live.messages.anchors.ask(anchor.identity.id, (error) => expect(error).toBeNull());
  village.settle(10);
  anchor.live.messages.anchors.agree(owner.identity.id, {}, (error) => expect(error).toBeNull());
  village.settle(10);
}

function say(from: Villager, to: Villager, text: string): void {
  from.live.messages.send(to.identity.person.personId, text, (error) => expect(error).toBeNull());
}

function last(village: Village, of: Villager): Message | undefined {
  let found: Message | undefined;
  of.live.messages.list({ limit: 1 }, (_error, messages) => {
    found = messages[0];
  });
  village.settle();
  return found;
}

describe("an anchor", () => {
  test("is asked, agrees, and everybody who writes to its owner is told", () => {
    const { village, people } = withAnchor(1);
    const [anna, ben, cleo] = people;
    expect(ben.live.messages.anchors.mine()).toEqual([cleo.identity.id]);
    expect(cleo.live.messages.anchors.owners()).toEqual([ben.identity.id]);
    expect(anna.live.messages.anchors.anchorsOf(ben.identity.id)).toEqual([cleo.identity.id]);
    village.crash(cleo, 0);
    village.start(cleo);
    village.settle(5);
    expect(cleo.live.messages.anchors.owners()).toEqual([ben.identity.id]);
  });

  test("holds a letter while its owner is away, hands it over, and the sender hears of it", () => {
    const { village, people } = withAnchor(2);
    const [anna, ben, cleo] = people;
    say(anna, ben, "before");
    village.settle(10);
    village.part(anna, ben);
    village.part(ben, cleo);
    say(anna, ben, "while you were away");
    village.settle(10);
    expect(last(village, anna)).toMatchObject({
      state: "waiting",
      deliveries: [{ state: "held", holders: [{ holder: cleo.identity.id }] }],
    });
    village.part(anna, cleo);
    village.join(ben, cleo);
    village.settle(10);
    expect(ben.told.map(({ text }) => text)).toEqual(["before", "while you were away"]);
    expect(last(village, anna)?.state).toBe("waiting");
    village.join(anna, cleo);
    village.settle(10);
    expect(last(village, anna)?.state).toBe("delivered");
  });

  test("holds letters for an owner whom it has not seen since it started", () => {
    const { village, people } = withAnchor(4);
    const [anna, ben, cleo] = people;
    say(anna, ben, "before");
    village.settle(10);
    for (const one of [anna, cleo]) village.part(one, ben);
    village.crash(cleo, 0);
    village.start(cleo);
    village.settle(10);
    say(anna, ben, "while you were away");
    village.settle(10);
    expect(cleo.live.messages.holding(ben.identity.id).letters).toBeGreaterThan(0);
  });

  test("that drops what it said it keeps does no harm: another one hands the letter over", () => {
    const { village, people } = withAnchor(3);
    const [anna, ben, cleo] = people;
    const dora = village.add("dora");
    introduce(village, ben, dora);
    befriend(village, ben, dora);
    say(anna, ben, "before");
    village.settle(10);
    for (const one of [anna, cleo, dora]) village.part(one, ben);
    say(anna, ben, "held twice");
    village.settle(10);
    const [delivery] = last(village, anna)?.deliveries ?? [];
    expect(delivery?.holders.map(({ holder }) => holder).sort()).toEqual(
      [cleo.identity.id, dora.identity.id].sort(),
    );
    village.crash(cleo, 0);
    for (const key of cleo.disk.kept.keys()) {
      if (key.startsWith("messages/h/")) cleo.disk.kept.delete(key);
    }
    village.start(cleo);
    village.settle();
    village.join(ben, cleo);
    village.settle(10);
    expect(ben.told.map(({ text }) => text)).toEqual(["before"]);
    village.join(ben, dora);
    village.settle(10);
    expect(ben.told.map(({ text }) => text)).toEqual(["before", "held twice"]);
  });
});
