import fc from "fast-check";
import { expect, test } from "vitest";
import { Family, type FamilyDevice, type Friend } from "../../../test/support/family.ts";
import { skeleton } from "../confusables.ts";
import { foldName } from "../petname.ts";

const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000;
const NAMES = ["Anna", "anna", "аnna", "Ben", "Ben 2", "Iris"];
const FRIENDS = ["f0", "f1", "f2", "f3"];

const act = fc.record({
  kind: fc.constantFrom(
    ...(["meet", "meet", "rename", "rename", "block", "unblock", "verify", "remove"] as const),
    ...(["join", "part", "crash", "cut", "steps", "hour"] as const),
  ),
  device: fc.nat(3),
  other: fc.nat(3),
  friend: fc.nat(FRIENDS.length - 1),
  name: fc.nat(NAMES.length - 1),
  effects: fc.nat(2),
});
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

function play(family: Family, friends: readonly Friend[], step: Act): void {
  const at = <T>(list: readonly T[], place: number): T => list[place % list.length] as T;
  const device = at(family.devices, step.device);
  const other = at(family.devices, step.other);
  const [friend, name] = [at(friends, step.friend), at(NAMES, step.name)];
  if (step.kind === "steps") for (let n = 0; n < 20; n++) family.step();
  else if (step.kind === "hour") family.clock.advance(3_600_000);
  else if (step.kind === "cut") family.net.cut(device.identity.id, other.identity.id);
  else if (step.kind === "crash") {
    family.crash(device, step.effects);
    family.start(device);
  } else if (device !== other && step.kind === "join") family.join(device, other);
  else if (device !== other && step.kind === "part") family.part(device, other);
  else if (device.rooms?.ready === true) decide(family, device, friend, step.kind, name);
}

function decide(
  family: Family,
  device: FamilyDevice,
  friend: Friend,
  kind: Act["kind"],
  name: string,
): void {
  if (kind === "meet") family.meet(device, friend, name);
  else if (kind === "rename") family.rename(device, friend, name);
  else if (kind === "block" || kind === "unblock") family.block(device, friend, kind === "block");
  else if (kind === "verify") family.verify(device, friend);
  else if (kind === "remove") family.remove(device, friend);
}

/** No two people have names that are one or look like one. */
function expectNoClash(device: FamilyDevice): void {
  const names = device.live.contacts.all().map(({ petname }) => petname);
  expect(new Set(names.map(foldName)).size).toBe(names.length);
  expect(new Set(names.map(skeleton)).size).toBe(names.length);
}

test("whatever is changed on two to four devices, in whatever order they meet, all have the same in the end", () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.array(fc.constantFrom(0, 0, TEN_YEARS_MS, -TEN_YEARS_MS), {
        minLength: 2,
        maxLength: 4,
        size: "max",
      }),
      fc.array(act, { minLength: 10, maxLength: 60, size: "max" }),
      fc.boolean(),
      (seed, clocks, acts, isTogether) => {
        const family = new Family(seed);
        family.clock.advance(2 * TEN_YEARS_MS);
        for (const [place, offMs] of clocks.entries()) family.add(`device ${place}`, offMs);
        const friends = FRIENDS.map((name) => family.friend(name));
        family.joinAll(isTogether);
        for (const step of acts) play(family, friends, step);
        family.joinAll();
        family.run(60);
        const [first, ...rest] = family.devices as [FamilyDevice, ...FamilyDevice[]];
        expectNoClash(first);
        for (const device of rest) {
          expect(family.view(device)).toEqual(family.view(first));
          const { decided } = device.live.contacts.book;
          expect(decided.sum).toEqual(first.live.contacts.book.decided.sum);
        }
        // What is shown is what comes from the disk.
        const before = family.view(first);
        family.crash(first, 0);
        family.start(first);
        family.run(20);
        expect(family.view(first)).toEqual(before);
      },
    ),
    { numRuns: 100 },
  );
}, 120_000);
