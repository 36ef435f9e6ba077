import { describe, expect, test } from "vitest";
import { introduce, suite, Village, type Villager } from "../../../test/support/village.ts";
import { testIdentity } from "../../testing/index.ts";
import { CHANNELS } from "../pair.ts";
import { readFrameHead } from "../ratchet/index.ts";
import { HYBRID_PREKEYS } from "./prekeys.ts";

function modern(village: Village, name: string): Villager {
  return village.add(name, testIdentity(suite, name), true);
}

function say(village: Village, from: Villager, to: Villager, text: string): void {
  from.live.messages.send(to.identity.person.personId, text, (error) => expect(error).toBeNull());
  village.settle();
}

const texts = ({ told }: Villager): readonly string[] =>
  told.filter(({ direction }) => direction === "in").map(({ text }) => text);

const safe = (one: Villager, other: Villager): boolean =>
  one.live.messages.isSafe(other.identity.id);

const secrets = ({ disk }: Villager): readonly string[] =>
  [...disk.kept.keys()].filter((key) => key.startsWith(HYBRID_PREKEYS));

describe("two devices with ML-KEM-768 in reach of each other", () => {
  test("write in a hybrid channel from the first frame on, whoever begins", () => {
    for (let seed = 1; seed <= 6; seed++) {
      const village = new Village(seed);
      const [anna, ben] = [modern(village, "anna"), modern(village, "ben")];
      introduce(village, anna, ben);
      const [from, to] = seed % 2 === 0 ? [anna, ben] : [ben, anna];
      say(village, from, to, "hello");
      say(village, to, from, "hello yourself");
      village.settle(20);
      expect([texts(to), texts(from)], `seed ${seed}`).toEqual([["hello"], ["hello yourself"]]);
      expect([safe(anna, ben), safe(ben, anna)], `seed ${seed}`).toEqual([true, true]);
      expect([...secrets(anna), ...secrets(ben)]).toEqual([]);
    }
  });
});
