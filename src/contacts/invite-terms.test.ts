import { expect, test } from "vitest";
import { Village, type Villager } from "../../test/support/village.ts";
import { INVITE_LIFE_MAX_MS, INVITE_USES_MAX } from "./limits.ts";
import type { InviteWish } from "./options.ts";

function personOf(villager: Villager): string {
  return villager.identity.person.personId;
}

test("an invite may be made for fewer people and another time, within limits", () => {
  const village = new Village(31);
  const [anna, ben, cleo] = [village.add("anna"), village.add("ben"), village.add("cleo")];
  const made = (wish: InviteWish): string => {
    let link = "";
    anna.live.contacts.createInvite(
      [],
      (error, invite) => {
        link = error?.code ?? invite?.link ?? "";
      },
      wish,
    );
    village.settle();
    return link;
  };
  const link = made({ usesMax: 1, lifeMs: INVITE_LIFE_MAX_MS });
  village.clock.advance(INVITE_LIFE_MAX_MS - 1);
  for (const guest of [ben, cleo]) {
    guest.live.contacts.acceptInvite(link, undefined, (error) => expect(error).toBeNull());
    village.settle();
  }
  expect(anna.live.contacts.all()).toMatchObject([{ petname: "ben", state: "met" }]);
  expect(cleo.live.contacts.all()[0]?.refusal).toBe("used-up");
  expect(anna.live.contacts.about.get(personOf(ben))?.met.kind).toBe("invited");
  expect(ben.live.contacts.about.get(personOf(anna))?.met.kind).toBe("invite");
  expect(made({ usesMax: INVITE_USES_MAX })).toMatch(/^peernet:invite/);
  for (const wish of [
    { usesMax: 0 },
    { usesMax: INVITE_USES_MAX + 1 },
    { lifeMs: INVITE_LIFE_MAX_MS + 1 },
  ]) {
    expect(made(wish)).toBe("bad-terms");
  }
});
