import { describe, expect, test } from "vitest";
import { Coop, type Fellow } from "../../test/support/coop.ts";
import { contextOf } from "./context.fixture.ts";
import { opKey, opsPrefix, pagesPrefix } from "./group-record.ts";
import { PAGE_OPS, UNSURE_HEARD_MAX } from "./limits.ts";
import { loadGroups } from "./load.ts";
import { placesOf } from "./mend.ts";
import { UNSURE } from "./surety.ts";
import type { GroupInfo } from "./types.ts";

const SECOND_MS = 1_000;
/** Anna has founded the group, let two people in, made an heir of Ben and given six names. */
const NEXT = 11;

interface Trio {
  readonly coop: Coop;
  readonly id: string;
  readonly anna: Fellow;
  readonly ben: Fellow;
  readonly cleo: Fellow;
}

/** Anna's group with Ben, an admin, and Cleo, in which Anna and Ben have said so much in turns. */
function trio(seed: string, words = 12): Trio {
  const coop = new Coop(seed);
  const [anna, ben, cleo] = ["anna", "ben", "cleo"].map((name) => coop.add(name));
  if (!(anna && ben && cleo)) throw new RangeError("three people");
  const { id } = coop.ask<GroupInfo>((done) => anna.live.create("Coop", done)) as GroupInfo;
  for (const [guest, role] of [
    [ben, "admin"],
    [cleo, "member"],
  ] as const) {
    const people = [{ person: guest.person, label: guest.name }];
    coop.ask((done) => anna.does.add(id, people, role, done));
    coop.pass(SECOND_MS);
    const [offer] = guest.live.offers();
    coop.ask((done) => guest.live.join(offer?.link ?? "", done));
    coop.pass(5 * SECOND_MS);
  }
  for (let word = 0; word < words; word++) name(coop, id, word % 2 === 0 ? anna : ben, word);
  coop.pass(5 * SECOND_MS);
  return { coop, id, anna, ben, cleo };
}

/** Gives a name of the group, as one more thing that is said. */
function name(coop: Coop, id: string, by: Fellow, word: number): unknown {
  const target = { t: "person", id: by.person } as const;
  const said = coop.ask((done) => by.does.name(id, `${by.name}-${word}`, target, done));
  coop.pass(SECOND_MS);
  return said;
}

const opKeys = ({ disk }: Fellow, id: string): string[] =>
  [...disk.kept.keys()].filter((key) => key.startsWith(opsPrefix(id))).sort();

const isUnsure = ({ disk }: Fellow, id: string): boolean => disk.kept.has(UNSURE + id);

/** How a start ends with what is on the disk and without --salvage. */
function refusal({ coop, anna }: Trio): string | undefined {
  let words: string | undefined;
  loadGroups(contextOf(coop, anna), (error) => {
    words = error?.message;
  });
  while (anna.disk.busy) anna.disk.step();
  return words;
}

/** Anna's process ends, her disk suffers, and she starts with --salvage. */
function salvage({ coop, anna }: Trio, harm: (kept: Map<string, Uint8Array>) => void): void {
  coop.crash(anna, Number.MAX_SAFE_INTEGER);
  harm(anna.disk.kept);
  [anna.salvages, anna.isCopied] = [true, true];
  coop.start(anna);
  while (!anna.isReady && coop.step());
  [anna.salvages, anna.isCopied] = [false, false];
}

function expectSame({ coop, id, anna, ben, cleo }: Trio): void {
  coop.pass(60 * SECOND_MS);
  for (const each of [anna, ben, cleo]) {
    const { log } = each.live.find(id);
    expect(log.digest()).toBe(ben.live.find(id).log.digest());
    expect(log.forkedDevices()).toEqual([]);
  }
}

describe("records of a group's operations that are missing", () => {
  test("stop the start with words on what to do; with --salvage what is whole goes on, and the rest comes back", () => {
    const all = trio("hole");
    const { coop, id, anna, ben } = all;
    const before = opKeys(anna, id);
    coop.split([anna], coop.all);
    coop.crash(anna, Number.MAX_SAFE_INTEGER);
    anna.disk.kept.delete(opKey(id, 9));
    const words = refusal(all);
    for (const part of ["'coop'", "Nothing was changed", "'peernet up --salvage'"]) {
      expect(words).toContain(part);
    }
    expect(opKeys(anna, id)).toHaveLength(before.length - 1);
    salvage(all, () => undefined);
    coop.pass(5 * SECOND_MS);
    // Everything was said in turns: whatever comes after the hole stands on it.
    expect(anna.losses).toEqual([{ id, label: "coop", keptOps: 9, lostOps: before.length - 9 }]);
    expect(opKeys(anna, id)).toEqual(before.slice(0, 9));
    expect(anna.live.find(id).log.ops.size).toBe(9);
    // Alone she may not say anything: the number of her next operation is used already.
    expect(name(coop, id, anna, 100)).toBe("stale");
    expect(isUnsure(anna, id)).toBe(true);
    coop.merge();
    coop.pass(10 * SECOND_MS);
    expect(opKeys(anna, id)).toHaveLength(before.length);
    expect(isUnsure(anna, id)).toBe(false);
    expect(name(coop, id, anna, 101)).toMatchObject({ seq: NEXT });
    name(coop, id, ben, 102);
    expectSame(all);
    coop.restart(anna);
    expectSame(all);
  });

  test("that nothing stands on are noticed as well, and are not written over", () => {
    const all = trio("head");
    const { coop, id, anna, ben, cleo } = all;
    coop.split([ben], [anna, cleo]);
    name(coop, id, ben, 50);
    name(coop, id, anna, 51);
    coop.merge();
    coop.pass(5 * SECOND_MS);
    const keys = opKeys(anna, id);
    coop.crash(anna, Number.MAX_SAFE_INTEGER);
    // One of two operations on which nothing stands: Anna's own is the earlier one.
    anna.disk.kept.delete(opKey(id, keys.length - 2));
    expect(refusal(all)).toContain("--salvage");
    salvage(all, () => undefined);
    expect(anna.losses).toMatchObject([{ keptOps: keys.length - 1, lostOps: 1 }]);
    coop.pass(10 * SECOND_MS);
    expect(name(coop, id, anna, 52)).toMatchObject({ body: { label: "anna-52" } });
    expectSame(all);
  });

  test("at the end leave no hole: in a home that was salvaged nothing is said before others were heard", () => {
    for (const hears of [true, false]) {
      const all = trio("tail");
      const { coop, id, anna, ben, cleo } = all;
      coop.split([anna], [cleo]);
      salvage(all, (kept) => {
        for (const key of opKeys(anna, id).slice(-4)) kept.delete(key);
      });
      coop.part(anna, cleo);
      expect(anna.losses).toEqual([]);
      expect(name(coop, id, anna, 100)).toBe("stale");
      coop.pass(10 * SECOND_MS);
      // Ben alone is not more than half of the two others, and a start does not make her forget that.
      expect(name(coop, id, anna, 101)).toBe("stale");
      coop.restart(anna);
      coop.part(anna, cleo);
      coop.pass(10 * SECOND_MS);
      expect(name(coop, id, anna, 102)).toBe("stale");
      if (hears) coop.merge();
      coop.pass(10 * SECOND_MS);
      if (hears) expect(name(coop, id, anna, 103)).toMatchObject({ body: { label: "anna-103" } });
      else expect(name(coop, id, anna, 104)).toBe("stale");
      expect(ben.live.find(id).log.forkedDevices()).toEqual([]);
      coop.merge();
      expectSame(all);
    }
  });

  test("all of them, or the first: the group comes back from others as to somebody new", () => {
    for (const count of [1, Number.POSITIVE_INFINITY]) {
      const all = trio(`first ${count}`);
      const { coop, id, anna } = all;
      salvage(all, (kept) => {
        for (const key of opKeys(anna, id).slice(0, count)) kept.delete(key);
      });
      expect(anna.losses).toHaveLength(count === 1 ? 1 : 0);
      coop.pass(60 * SECOND_MS);
      expect(name(coop, id, anna, 100)).toMatchObject({ seq: NEXT });
      expectSame(all);
    }
  });

  test("and were told by pages: those go, and are written anew", () => {
    const all = trio("pages", PAGE_OPS + 20);
    const { coop, id, anna } = all;
    coop.restart(anna);
    const pages = (): string[] =>
      [...anna.disk.kept.keys()].filter((key) => key.startsWith(pagesPrefix(id)));
    coop.pass(SECOND_MS);
    expect(pages()).toHaveLength(1);
    salvage(all, (kept) => kept.delete(opKey(id, 200)));
    coop.pass(SECOND_MS);
    expect(anna.losses).toMatchObject([{ keptOps: 200 }]);
    coop.pass(60 * SECOND_MS);
    expect(pages()).toHaveLength(0);
    coop.restart(anna);
    coop.pass(SECOND_MS);
    expect(pages()).toHaveLength(1);
    expectSame(all);
  });
});

describe("what a salvaged disk may hold instead of a group's operations", () => {
  const harms: readonly (readonly [string, (kept: Map<string, Uint8Array>, id: string) => void])[] =
    [
      ["nothing but noise", (kept, id) => kept.set(opKey(id, 5), new Uint8Array(200).fill(7))],
      ["a record of no bytes", (kept, id) => kept.set(opKey(id, 5), new Uint8Array(0))],
      [
        "an edited operation",
        (kept, id) => {
          const value = Uint8Array.from(kept.get(opKey(id, 5)) ?? []);
          value[100] = (value[100] ?? 0) ^ 1;
          kept.set(opKey(id, 5), value);
        },
      ],
      [
        "an operation as somebody else's",
        (kept, id) => {
          const value = Uint8Array.from(kept.get(opKey(id, 5)) ?? []);
          value[40] = (value[40] ?? 0) ^ 1;
          kept.set(opKey(id, 5), value);
          kept.delete(opKey(id, 7));
        },
      ],
      [
        "operations in another order",
        (kept, id) => {
          const all = [...kept.keys()].filter((key) => key.startsWith(opsPrefix(id))).sort();
          const values = all.map((key) => kept.get(key) ?? new Uint8Array(0)).reverse();
          for (const [at, key] of all.entries()) kept.set(key, values[at] ?? new Uint8Array(0));
        },
      ],
      [
        "one operation twice",
        (kept, id) => kept.set(opKey(id, 5), kept.get(opKey(id, 4)) ?? new Uint8Array(0)),
      ],
    ];
  for (const [words, harm] of harms) {
    test(`${words}: what is whole goes on, and the rest comes back`, () => {
      const all = trio(words);
      const { coop, id, anna } = all;
      salvage(all, (kept) => harm(kept, id));
      coop.pass(30 * SECOND_MS);
      expect(name(coop, id, anna, 100)).toMatchObject({ seq: NEXT });
      expectSame(all);
    });
  }

  test("the first operation of another group under this one's name is not taken", () => {
    const all = trio("genesis");
    const { coop, id, anna } = all;
    const other = coop.ask<GroupInfo>((done) => anna.live.create("Other", done)) as GroupInfo;
    salvage(all, (kept) => {
      kept.set(opKey(id, 0), kept.get(opKey(other.id, 0)) ?? new Uint8Array(0));
    });
    expect(anna.live.find(id).log.ops.size).toBe(0);
    coop.pass(60 * SECOND_MS);
    expectSame(all);
  });
});

describe("how much others must have told", () => {
  test("a founder alone goes on at once in a copied home, and not where the log was cut", () => {
    const coop = new Coop("alone");
    const anna = coop.add("anna");
    const { id } = coop.ask<GroupInfo>((done) => anna.live.create("Own", done)) as GroupInfo;
    name(coop, id, anna, 1);
    name(coop, id, anna, 2);
    const all: Trio = { coop, id, anna, ben: anna, cleo: anna };
    salvage(all, () => undefined);
    expect(name(coop, id, anna, 3)).toMatchObject({ seq: 4 });
    salvage(all, (kept) => kept.delete(opKey(id, 1)));
    expect(anna.losses).toEqual([{ id, label: "own", keptOps: 1, lostOps: 3 }]);
    expect(name(coop, id, anna, 4)).toBe("stale");
  });

  test("more than half of the others, and not more than a limit", () => {
    const coop = new Coop("many");
    const anna = coop.add("anna");
    const { id } = coop.ask<GroupInfo>((done) => anna.live.create("Many", done)) as GroupInfo;
    const people = Array.from({ length: 100 }, (_, at) => ({
      person: at.toString(16).padStart(32, "0"),
      label: `guest-${at}`,
    }));
    const counts = [4, 100].map((count) => {
      const some = people.slice(0, count);
      coop.ask((done) => anna.does.add(id, some, "member", done));
      const { surety } = anna.live.find(id);
      surety.doubt(false);
      return some.findIndex(({ person }) => {
        surety.heard(person);
        return surety.isSure;
      });
    });
    expect(counts).toEqual([2, UNSURE_HEARD_MAX - 1]);
  });

  test("keys tell how many records there were", () => {
    expect(placesOf("ab", [])).toBe(0);
    expect(placesOf("ab", [opKey("ab", 3), opKey("ab", 0x1_0000)])).toBe(0x1_0001);
  });
});
