import { describe, expect, test } from "vitest";
import type { Coop, Fellow } from "../../../test/support/coop.ts";
import { suite } from "../../../test/support/hamlet.ts";
import { testRandom } from "../../testing/index.ts";
import { loadReceivedKey, RatchetError } from "../ratchet/index.ts";
import { scopeEpoch } from "./entries.ts";
import { decodeFeed, FEEDS } from "./feed.ts";
import { entriesBy } from "./intruder.fixture.ts";
import { list, say, texts, village } from "./village.fixture.ts";

/** More of them by hand. */
const RUNS = Number(process.env["PEERNET_RUNS"] ?? 5);

interface Faults {
  crashes: number;
  parts: number;
  full: number;
  refused: number;
}

/** Something random, mostly bad, happens to one of them. */
function mishap(coop: Coop, one: Fellow, other: Fellow, faults: Faults): void {
  const dice = coop.random.u32() % 8;
  if (dice < 2) {
    coop.crash(one, coop.random.u32() % 4);
    coop.start(one);
    faults.crashes++;
  } else if (dice < 4 && one !== other) {
    coop.part(one, other);
    faults.parts++;
  } else if (dice < 6) coop.merge();
  else if (dice < 7) {
    one.disk.full = !one.disk.full;
    if (one.disk.full) faults.full++;
  } else coop.pass(2_000);
}

/** Messages are written while all sorts of things happen; then everything is well again. */
function misery({ coop, id, all }: ReturnType<typeof village>, faults: Faults): readonly string[] {
  const taken: string[] = [];
  const pick = (): Fellow => all[coop.random.u32() % all.length] as Fellow;
  for (let round = 0; round < 40; round++) {
    const one = pick();
    const text = `${one.name} ${String(round).padStart(3, "0")}`;
    if (one.isReady) {
      one.chats.send(id, { text }, (error) => {
        if (error === null) taken.push(text);
        else faults.refused++;
      });
    }
    for (let step = coop.random.u32() % 60; step > 0; step--) coop.step();
    mishap(coop, one, pick(), faults);
  }
  for (const one of all) one.disk.full = false;
  while (all.some(({ isReady }) => !isReady) && coop.step());
  coop.merge();
  coop.pass(3_600_000);
  return taken;
}

function judge(
  { coop, id, all }: ReturnType<typeof village>,
  taken: readonly string[],
  run: string,
): void {
  const first = texts(list(coop, id, all[0] as Fellow));
  for (const one of all) {
    const mine = texts(list(coop, id, one));
    const seed = `${run} at ${one.name}`;
    expect(new Set(mine).size, seed).toBe(mine.length);
    expect(mine, seed).toEqual(expect.arrayContaining([...taken]));
    expect([...mine].sort(), seed).toEqual([...first].sort());
    for (const { name } of all) {
      const theirs = mine.filter((text) => text.startsWith(name));
      expect(theirs, seed).toEqual([...theirs].sort());
    }
  }
}

describe("whatever happens in between", () => {
  test("each message that was taken arrives once at everybody, in its writer's order", () => {
    const faults: Faults = { crashes: 0, parts: 0, full: 0, refused: 0 };
    for (let run = 0; run < RUNS; run++) {
      const place = village(100 + run, ["anna", "ben", "cleo"]);
      const taken = misery(place, faults);
      judge(place, taken, `run ${run}`);
    }
    for (const count of Object.values(faults)) expect(count).toBeGreaterThan(0);
  }, 120_000);

  test("a full disk refuses what is written, keeps what comes with its writer, and loses nothing", () => {
    const { coop, id, all } = village(1, ["anna", "ben"]);
    const [anna, ben] = all as [Fellow, Fellow];
    anna.disk.full = true;
    expect(coop.ask((done) => anna.chats.send(id, { text: "lost?" }, done))).toBe("disk-full");
    anna.disk.full = false;
    ben.disk.full = true;
    say(coop, id, anna, "kept");
    coop.pass(5_000);
    expect(texts(ben.heard)).toEqual([]);
    expect(list(coop, id, anna).map(({ text, state }) => [text, state])).toEqual([
      ["kept", "waiting"],
    ]);
    ben.disk.full = false;
    coop.pass(3_600_000);
    expect(texts(ben.heard)).toEqual(["kept"]);
    expect(list(coop, id, anna)[0]?.state).toBe("everybody");
  });
});

describe("an old copy of a home", () => {
  test("never writes with a key again, and others read what it writes from then on", () => {
    const { coop, id, all } = village(2, ["anna", "ben"]);
    const [anna, ben] = all as [Fellow, Fellow];
    say(coop, id, anna, "one");
    coop.pass(2_000);
    const before = new Map(anna.disk.kept);
    say(coop, id, anna, "two");
    coop.pass(2_000);
    for (const known of [true, false]) {
      coop.crash(anna, Number.MAX_SAFE_INTEGER);
      anna.disk.kept.clear();
      for (const [key, value] of before) anna.disk.kept.set(key, value);
      anna.isCopied = known;
      coop.start(anna);
      coop.pass(5_000);
      anna.isCopied = false;
      say(coop, id, anna, `after ${known}`);
      coop.pass(5_000);
    }
    expect(texts(ben.heard)).toEqual(["one", "two", "after true", "after false"]);
    expect(ben.chats.info(id).forked).toEqual([]);
  });
});

describe("forward secrecy", () => {
  test("what is on a disk once a message was read does not open it again; before, it did", () => {
    const { coop, id, all } = village(3, ["anna", "ben"]);
    const [anna, ben] = all as [Fellow, Fellow];
    say(coop, id, anna, "first");
    coop.pass(5_000);
    const before = new Map(ben.disk.kept);
    say(coop, id, anna, "second");
    coop.pass(5_000);
    const frame = entriesBy(anna, id, anna).at(-1)?.body ?? new Uint8Array(0);
    expect(opens(before, frame)).toBe(true);
    expect(opens(ben.disk.kept, frame)).toBe(false);
  });
});

/** Whether some member's sender key that is on a disk opens a frame. */
function opens(disk: ReadonlyMap<string, Uint8Array>, frame: Uint8Array): boolean {
  const kit = { suite, random: testRandom(1), instance: new Uint8Array(8) };
  for (const [key, value] of disk) {
    if (!key.startsWith(FEEDS)) continue;
    const [group = "", name = ""] = key.slice(FEEDS.length).split("/");
    const feed = decodeFeed(name, value);
    if (feed.key === undefined) continue;
    const scope = { epoch: scopeEpoch(group, feed.epoch), senderSignKey: new Uint8Array(32) };
    try {
      loadReceivedKey(kit, scope, feed.key).open(frame);
      return true;
    } catch (error) {
      if (!(error instanceof RatchetError)) throw error;
    }
  }
  return false;
}
