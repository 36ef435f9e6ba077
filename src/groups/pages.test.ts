import { expect, test } from "vitest";
import { Coop, type Fellow } from "../../test/support/coop.ts";
import { suite } from "../../test/support/hamlet.ts";
import { MemoryRecords } from "../../test/support/memory-records.ts";
import { toHex, utf8 } from "../base/bytes.ts";
import { testRandom } from "../testing/index.ts";
import { contextOf } from "./context.fixture.ts";
import type { Group } from "./group.ts";
import { opKey, opsPrefix, pageKey, pagesPrefix } from "./group-record.ts";
import { PAGE_BYTES_MAX, PAGE_OPS } from "./limits.ts";
import { loadGroups } from "./load.ts";
import { duePages, type KeptLog, NONE_RESTORED, NOTHING_KEPT } from "./pages.ts";
import type { GroupInfo } from "./types.ts";

type Kept = Map<string, Uint8Array>;

interface Village {
  readonly coop: Coop;
  readonly anna: Fellow;
  readonly ben: Fellow;
  readonly id: string;
  /** What Anna's disk had when she stopped: operations of two pages and some more, and no page. */
  readonly kept: Kept;
  readonly digest: string;
}

/** Anna's group: two who came by links, one who comes and goes, many words of two admins. */
function village(): Village {
  const coop = new Coop("pages");
  const [anna, ben, cleo, dora] = ["anna", "ben", "cleo", "dora"].map((name) => coop.add(name));
  if (!(anna && ben && cleo && dora)) throw new RangeError("four people");
  const { id } = coop.ask<GroupInfo>((done) => anna.live.create("Coop", done)) as GroupInfo;
  const add = (of: Fellow, role: "member" | "admin"): unknown =>
    coop.ask((done) => anna.does.add(id, [{ person: of.person, label: of.name }], role, done));
  for (const [guest, role] of [
    [ben, "admin"],
    [cleo, "member"],
  ] as const) {
    const terms = { uses: 5, role, endpoints: [] } as const;
    const made = coop.ask<{ link: string }>((done) => anna.does.invite(id, terms, done));
    coop.ask((done) => guest.live.join((made as { link: string }).link, done));
    coop.pass(5_000);
  }
  for (let step = 0; anna.live.find(id).log.ops.size < 2 * PAGE_OPS + 30; step++) {
    const by = step % 3 === 0 ? ben : anna;
    const target = { t: "person", id: cleo.person } as const;
    if (step % 40 === 7) add(dora, "member");
    else if (step % 40 === 22) coop.ask((done) => anna.does.remove(id, [dora.person], done));
    else if (step % 9 === 0) coop.ask((done) => by.does.retitle(id, `Coop ${step}`, done));
    else coop.ask((done) => by.does.name(id, `name-${step % 20}`, target, done));
    if (step % 20 === 0) coop.pass(1_000);
  }
  coop.pass(5_000);
  const digest = anna.live.find(id).log.digest();
  coop.crash(anna, Number.MAX_SAFE_INTEGER);
  return { coop, anna, ben, id, kept: new Map(anna.disk.kept), digest };
}

const whole = village();

interface Start {
  readonly group: Group | undefined;
  readonly code: string | undefined;
  readonly disk: MemoryRecords;
}

/** Anna's device starts with this on its disk, and is killed after so many steps of it. */
function start(kept: Kept, steps = Number.POSITIVE_INFINITY): Start {
  const disk = new MemoryRecords();
  for (const [key, value] of kept) disk.kept.set(key, value);
  const context = { ...contextOf(whole.coop, whole.anna), records: disk.open() };
  let [group, code]: [Group | undefined, string | undefined] = [undefined, undefined];
  loadGroups(context, (error, groups) => {
    code = error?.code;
    group = groups[0];
  });
  for (let step = 0; disk.busy && step < steps; step++) disk.step();
  disk.crash(0);
  return { group, code, disk };
}

const pagesOf = (kept: Kept): string[] =>
  [...kept.keys()].filter((key) => key.startsWith(pagesPrefix(whole.id)));

const paged: Kept = start(whole.kept).disk.kept;

/** A text that is the same for the same records: looked at one by one they take seconds. */
function textOf(kept: Kept): string {
  const keys = [...kept.keys()].sort();
  const parts = keys.map((key) => suite.sha256(utf8(key), kept.get(key) ?? utf8("")));
  return toHex(suite.sha256(...parts));
}

function edited(from: Kept, key: string, change: (value: Uint8Array) => Uint8Array): Kept {
  const value = from.get(key);
  if (value === undefined) throw new RangeError(`there is no ${key}`);
  return new Map(from).set(key, change(Uint8Array.from(value)));
}

const flip =
  (at: number) =>
  (value: Uint8Array): Uint8Array => {
    value[at % value.length] = (value[at % value.length] ?? 0) ^ 1;
    return value;
  };

test("a start writes pages of what is full, and the next one makes the same log of them", () => {
  expect(pagesOf(whole.kept)).toEqual([]);
  expect(pagesOf(paged)).toEqual([pageKey(whole.id, 0), pageKey(whole.id, 1)]);
  const [first, second] = [start(whole.kept), start(paged)];
  expect(second.group?.log.ops.entries).toEqual(first.group?.log.ops.entries);
  for (const { group } of [first, second]) {
    expect(group?.log.digest()).toBe(whole.digest);
    expect(group?.log.freshDigest()).toBe(whole.digest);
  }
  expect(second.group?.sums.digest()).toEqual(first.group?.sums.digest());
  expect(textOf(second.disk.kept)).toBe(textOf(paged));
});

test("a log of pages takes up what follows as any other, whoever wrote before", () => {
  const { group } = start(paged);
  const plain = start(whole.kept).group;
  const { coop, ben, id } = whole;
  coop.ask((done) => ben.does.retitle(id, "The last word", done));
  const proof = ben.live.find(id).proof();
  for (const each of [group, plain]) {
    expect(each?.accept(proof, true)).toMatchObject({ hasGap: false, refusal: undefined });
  }
  expect(group?.log.title).toBe("The last word");
  expect(group?.log.digest()).toBe(plain?.log.digest());
});

test("killed at any step of writing them, a start finds what there was", () => {
  for (let steps = 0; steps < 16; steps++) {
    const after = start(start(whole.kept, steps).disk.kept);
    expect(after.group?.log.digest()).toBe(whole.digest);
    expect(textOf(after.disk.kept)).toBe(textOf(paged));
  }
});

test("a page that was edited is not believed, and is written anew", () => {
  for (const page of [0, 1]) {
    const key = pageKey(whole.id, page);
    for (const at of [0, 1, 32, 33, 700, 20_000]) {
      const { group, disk } = start(edited(paged, key, flip(at)));
      expect(group?.log.digest()).toBe(whole.digest);
      expect(textOf(disk.kept)).toBe(textOf(paged));
    }
    const cut = edited(paged, key, (value) => value.subarray(0, value.length / 2));
    expect(start(cut).group?.log.digest()).toBe(whole.digest);
    const gone = new Map(paged);
    gone.delete(key);
    expect(textOf(start(gone).disk.kept)).toBe(textOf(paged));
  }
  const [first, second] = [0, 1].map((page) => paged.get(pageKey(whole.id, page)));
  const swapped = edited(paged, pageKey(whole.id, 0), () => second as Uint8Array);
  expect(textOf(start(swapped).disk.kept)).toBe(textOf(paged));
  const twice = edited(paged, pageKey(whole.id, 1), () => first as Uint8Array);
  expect(textOf(start(twice).disk.kept)).toBe(textOf(paged));
});

test("an operation of which a page tells cannot be edited without being noticed", () => {
  const random = testRandom("edits");
  for (let round = 0; round < 60; round++) {
    const place = random.u32() % (2 * PAGE_OPS);
    const kept = edited(paged, opKey(whole.id, place), flip(random.u32()));
    const { code, group } = start(kept);
    expect({ round, code }).toEqual({ round, code: "corrupt" });
    expect(group).toBeUndefined();
  }
  // Whose it is stands beside the operation only, and what vouches for it is asked.
  const { code } = start(edited(paged, opKey(whole.id, 40), flip(33)));
  expect(code).toBe("corrupt");
});

test("operations that changed places or went missing are noticed", () => {
  const [one, other] = [opKey(whole.id, 100), opKey(whole.id, 101)];
  const swapped = new Map(paged);
  swapped.set(one, paged.get(other) as Uint8Array).set(other, paged.get(one) as Uint8Array);
  const gone = new Map(paged);
  gone.delete(one);
  for (const kept of [swapped, gone]) {
    const { code, group } = start(kept);
    // Either it cannot be read in this order, or it says the same as ever.
    if (code === undefined) expect(group?.log.digest()).toBe(whole.digest);
    else expect(code).toBe("corrupt");
  }
});

test("who lets a group go leaves no page of it", () => {
  const { coop, anna, id } = whole;
  anna.disk.kept.clear();
  for (const [key, value] of paged) anna.disk.kept.set(key, value);
  coop.start(anna);
  coop.pass(1_000);
  coop.ask((done) => anna.does.leave(id, done));
  coop.pass(5_000);
  anna.live.forget(id, () => undefined);
  coop.pass(5_000);
  expect(pagesOf(anna.disk.kept)).toEqual([]);
  expect([...anna.disk.kept.keys()].filter((key) => key.startsWith(opsPrefix(id)))).toEqual([]);
});

test("a page has as many operations as fit, and none where their words are too long", () => {
  const { group } = start(whole.kept);
  const log = group?.log;
  if (log === undefined) throw new RangeError("there is a log");
  const ops = [...whole.kept].flatMap(([key, value]) =>
    key.startsWith(opsPrefix(whole.id)) ? [value] : [],
  );
  expect(duePages(suite, log, NOTHING_KEPT, NONE_RESTORED)).toEqual([]);
  const due = duePages(suite, log, { ops, pages: [] } satisfies KeptLog, NONE_RESTORED);
  expect(due).toHaveLength(2);
  for (const { value } of due) expect(value?.length).toBeLessThanOrEqual(PAGE_BYTES_MAX);
});
