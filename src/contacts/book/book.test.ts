import { describe, expect, test } from "vitest";
import { Family, type FamilyDevice } from "../../../test/support/family.ts";
import { encodeCbor } from "../../wire/index.ts";
import { unknownAbout } from "../about.ts";
import { cardWrite } from "../card.ts";
import { REMOVED } from "../removed.ts";
import { CHANGED_MAX, LISTED_MAX, TOLD_AT_ONCE_MAX } from "./limits.ts";

const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000;
const DAY_MS = 24 * 3_600_000;

/** What a device calls its contacts, and the marks. */
function names(family: Family, device: FamilyDevice): readonly string[] {
  return family
    .view(device)
    .map((line) => line.slice(9))
    .sort();
}

function both(family: Family, ...devices: readonly FamilyDevice[]): readonly string[] {
  family.run(20);
  const [first = []] = devices.map((device) => names(family, device));
  for (const device of devices) expect(names(family, device)).toEqual(first);
  return first;
}

describe("the later decision counts", () => {
  test("and a clock that was ten years ahead decides nothing for good", () => {
    const family = new Family("ahead");
    const [laptop, phone] = [family.add("laptop"), family.add("phone", TEN_YEARS_MS)];
    const ben = family.friend("ben");
    family.meet(laptop, ben, "ben");
    expect(both(family, laptop, phone)).toEqual(["ben"]);
    family.rename(phone, ben, "from the future");
    expect(both(family, laptop, phone)).toEqual(["from the future"]);
    // Whoever has seen it can change it, whatever their clock says.
    family.rename(laptop, ben, "of today");
    expect(both(family, laptop, phone)).toEqual(["of today"]);
    // The phone's clock is right again, and it is away for a while.
    family.crash(phone, 9);
    phone.clockOffMs = 0;
    family.start(phone);
    family.run(20);
    family.part(laptop, phone);
    family.rename(phone, ben, "at the phone");
    family.clock.advance(DAY_MS);
    family.rename(laptop, ben, "at the laptop, later");
    family.join(laptop, phone);
    expect(both(family, laptop, phone)).toEqual(["at the laptop, later"]);
  });

  test("a device that was off for months brings nothing old back", () => {
    const family = new Family("off");
    const [laptop, phone] = [family.add("laptop"), family.add("phone", TEN_YEARS_MS)];
    const [ben, cleo] = [family.friend("ben"), family.friend("cleo")];
    family.meet(laptop, ben, "ben");
    family.meet(laptop, cleo, "cleo");
    both(family, laptop, phone);
    family.crash(phone, 9);
    family.remove(laptop, ben);
    family.block(laptop, cleo, true);
    family.clock.advance(200 * DAY_MS);
    family.start(phone);
    expect(both(family, laptop, phone)).toEqual(["cleo blocked", "deleted"]);
    expect(phone.removedElsewhere).toEqual([ben.personId]);
    // Met anew, they are welcome on both, without what was said of them before.
    family.block(laptop, cleo, false);
    family.meet(phone, ben, "benjamin");
    expect(both(family, laptop, phone)).toEqual(["benjamin", "cleo"]);
  });

  test("somebody who was deleted leaves no name, and comes back without what was said of them", () => {
    const family = new Family("back");
    const [laptop, phone] = [family.add("laptop"), family.add("phone")];
    const ben = family.friend("ben");
    family.meet(laptop, ben, "ben");
    both(family, laptop, phone);
    family.part(laptop, phone);
    for (let time = 0; time < 3; time++) family.rename(phone, ben, `Secret ${time}`);
    family.block(phone, ben, true);
    family.verify(phone, ben);
    family.remove(laptop, ben);
    family.join(laptop, phone);
    expect(both(family, laptop, phone)).toEqual(["deleted"]);
    for (const { live } of [laptop, phone]) {
      expect(live.contacts.book.decided.decided(ben.personId)).toMatchObject({
        ...{ name: { value: "" }, blockedAtMs: { value: undefined } },
      });
    }
    family.meet(laptop, ben, "Ben");
    expect(both(family, laptop, phone)).toEqual(["Ben"]);
    const via = [laptop, phone].map(({ live }) => live.contacts.book.via(ben.personId));
    expect(via).toEqual([undefined, laptop.identity.id]);
  });

  test("another field is not touched by it", () => {
    const family = new Family("fields");
    const [laptop, phone] = [family.add("laptop"), family.add("phone")];
    const ben = family.friend("ben");
    family.meet(laptop, ben, "ben");
    both(family, laptop, phone);
    family.part(laptop, phone);
    family.rename(laptop, ben, "Benno");
    family.block(phone, ben, true);
    family.verify(phone, ben);
    family.join(laptop, phone);
    expect(both(family, laptop, phone)).toEqual(["Benno verified blocked"]);
    expect(laptop.live.contacts.book.via(ben.personId)).toBeUndefined();
    expect(phone.live.contacts.book.via(ben.personId)).toBe(laptop.identity.id);
  });
});

describe("names", () => {
  test("of two people who were called the same, the one who was called so first keeps it", () => {
    const family = new Family("clash");
    const [laptop, phone] = [family.add("laptop"), family.add("phone")];
    const [ben, other] = [family.friend("ben"), family.friend("other ben")];
    family.part(laptop, phone);
    family.meet(laptop, ben, "Ben");
    family.clock.advance(1_000);
    family.meet(phone, other, "ben");
    family.join(laptop, phone);
    expect(both(family, laptop, phone)).toEqual(["Ben", "ben 2"]);
    // The name becomes free: nobody is called otherwise without somebody saying so.
    family.rename(phone, ben, "Benjamin");
    expect(both(family, laptop, phone)).toEqual(["Benjamin", "ben 2"]);
    family.rename(laptop, ben, "ben");
    expect(both(family, laptop, phone)).toEqual(["ben", "ben 2"]);
    family.remove(laptop, ben);
    expect(both(family, laptop, phone)).toEqual(["ben 2", "deleted"]);
    const { contacts } = phone.live;
    expect(contacts.resolve("ben 2").personId).toBe(other.personId);
    expect(() => contacts.resolve("ben")).toThrow("No contact is called");
  });

  test("that two people change for each other's are found afterwards", () => {
    const family = new Family("swap");
    const [laptop, phone] = [family.add("laptop"), family.add("phone")];
    const [ben, cleo] = [family.friend("ben"), family.friend("cleo")];
    family.meet(laptop, ben, "one");
    family.meet(laptop, cleo, "two");
    both(family, laptop, phone);
    family.part(laptop, phone);
    family.rename(laptop, ben, "three");
    family.rename(laptop, cleo, "one");
    family.rename(laptop, ben, "two");
    family.join(laptop, phone);
    both(family, laptop, phone);
    expect(phone.live.contacts.resolve("one").personId).toBe(cleo.personId);
    expect(phone.live.contacts.resolve("two").personId).toBe(ben.personId);
  });
});

describe("homes of before", () => {
  test("that differ have the same afterwards, and nobody is lost", () => {
    const family = new Family("old homes");
    const laptop = family.add("laptop");
    const friends = ["ben", "cleo", "dan"].map((name) => family.friend(name));
    const phone = family.add("phone");
    family.joinAll(false);
    const contact = (place: number, petname: string) => {
      const friend = friends[place];
      if (friend === undefined) throw new RangeError("There is no such friend.");
      const { personId, signKey, dhKey } = friend.identity.person;
      const write = cardWrite({
        contact: {
          ...{ personId, petname, signKey: signKey.publicKey, dhKey: dhKey.publicKey },
          ...{ state: "met", devices: [], endpoints: [], addedAtMs: 5, refusal: undefined },
        },
        question: undefined,
        vow: friend.vow,
      });
      return write;
    };
    const ids = friends.map(({ personId }) => personId);
    const store = (
      device: FamilyDevice,
      writes: readonly { key: string; value: Uint8Array | null }[],
    ) => {
      device.disk.open().write(writes, () => {});
      family.run();
      family.crash(device, 9);
      family.start(device);
      family.run();
    };
    const blocked = laptop.live.contacts.about.planPut(ids[1] ?? "", {
      ...unknownAbout(5),
      blockedAtMs: 9,
    });
    store(laptop, [contact(0, "ben"), contact(1, "cleo"), blocked, contact(2, "dan")]);
    const removed = { key: REMOVED + ids[2], value: encodeCbor({ v: 1, a: 7 }) };
    store(phone, [contact(0, "Ben Miller"), contact(1, "cleo"), removed]);
    family.joinAll();
    expect(both(family, laptop, phone)).toEqual(["Ben Miller", "cleo blocked", "dan"]);
    expect(laptop.live.contacts.removed.all()).toEqual([]);
    // From now on decisions are stamped, and count more.
    family.rename(laptop, friends[0] as never, "ben");
    family.remove(phone, friends[2] as never);
    expect(both(family, laptop, phone)).toEqual(["ben", "cleo blocked", "deleted"]);
  });
});

describe("what goes over the line", () => {
  /** Bytes that are written until all is quiet. */
  function bytesOf(family: Family, act: () => void): number {
    const before = family.net.writtenBytes;
    act();
    family.run(20);
    return family.net.writtenBytes - before;
  }

  test("is the difference, however long the book is and wherever it is found", () => {
    const family = new Family("large");
    const [laptop, phone] = [family.add("laptop"), family.add("phone")];
    family.part(laptop, phone);
    const count = 3 * Math.max(CHANGED_MAX, TOLD_AT_ONCE_MAX, LISTED_MAX);
    const friends = Array.from({ length: count }, (_, at) => family.friend(`friend ${at}`));
    for (const [at, friend] of friends.entries()) family.meet(laptop, friend, `friend ${at}`);
    const whole = bytesOf(family, () => family.join(laptop, phone));
    expect(names(family, phone)).toHaveLength(count);
    expect(both(family, laptop, phone)).toHaveLength(count);
    expect(whole / count).toBeLessThan(700);
    const [ben] = friends as [(typeof friends)[0]];
    const changed = bytesOf(family, () => family.rename(phone, ben, "Ben"));
    expect(changed).toBeLessThan(260);
    const met = bytesOf(family, () => family.part(laptop, phone));
    expect(met).toBe(0);
    expect(bytesOf(family, () => family.join(laptop, phone))).toBeLessThan(130);
    // Found by comparing, after both were away.
    family.part(laptop, phone);
    family.rename(phone, ben, "Benjamin");
    expect(bytesOf(family, () => family.join(laptop, phone))).toBeLessThan(3_000);
    expect(laptop.live.contacts.resolve("Benjamin").personId).toBe(ben.personId);
  }, 60_000);

  test("comes to a third device that only one of the others meets, also after a full disk", () => {
    const family = new Family("three");
    const [laptop, phone, tablet] = ["laptop", "phone", "tablet"].map((name) =>
      family.add(name),
    ) as [FamilyDevice, FamilyDevice, FamilyDevice];
    family.part(laptop, tablet);
    const ben = family.friend("ben");
    tablet.disk.full = true;
    family.meet(laptop, ben, "ben");
    family.run(3);
    expect(names(family, tablet)).toEqual([]);
    tablet.disk.full = false;
    expect(both(family, laptop, phone, tablet)).toEqual(["ben"]);
    expect(tablet.live.contacts.book.via(ben.personId)).toBe(phone.identity.id);
    const late = family.add("late");
    expect(both(family, laptop, late)).toEqual(["ben"]);
  });
});
