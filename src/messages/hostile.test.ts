import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bring, letters } from "../../test/support/carrying.ts";
import { introduce, suite, Village, type Villager } from "../../test/support/village.ts";
import { encodeCarryFile } from "./carriage/carry-file.ts";
import type { Parcel } from "./carriage/parcel.ts";
import { MARKS } from "./ledger.ts";
import { MARKS_PER_DEVICE_MAX } from "./limits.ts";
import { decodePair, PAIRS, type Pair, pairWrite } from "./pair.ts";
import { encodeFrame } from "./protocol.ts";
import type { Message } from "./types.ts";

const TEN_YEARS_MS = 10 * 365 * 86_400_000;

function say(from: Villager, to: Villager, text: string): void {
  from.live.messages.send(to.identity.person.personId, text, (error) => expect(error).toBeNull());
}

function all(village: Village, of: Villager): readonly Message[] {
  let found: readonly Message[] = [];
  of.live.messages.list({ limit: 500 }, (_error, messages) => {
    found = messages;
  });
  village.settle();
  return found;
}

/** Two who have met and are apart now; `count` messages of Anna's wait for Ben. */
function apart(seed: number, count: number): { village: Village; anna: Villager; ben: Villager } {
  const village = new Village(seed);
  const [anna, ben] = [village.add("anna"), village.add("ben")];
  introduce(village, anna, ben);
  say(ben, anna, "hello");
  village.settle(5);
  village.part(anna, ben);
  for (let number = 0; number < count; number++) say(anna, ben, `${number}`);
  village.settle(2);
  return { village, anna, ben };
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, at) => `${at}`);

describe("frames that come in a bad way", () => {
  test("replayed and reordered ones are told once and in order", () => {
    const { village, anna, ben } = apart(1, 20);
    const parcels = letters(village, anna);
    expect(parcels.length).toBeGreaterThanOrEqual(20);
    bring(village, ben, parcels.toReversed());
    bring(village, ben, [...parcels, ...parcels]);
    expect(ben.told.map(({ text }) => text)).toEqual(numbers(20));
    village.join(anna, ben);
    village.settle(5);
    expect(ben.told.map(({ text }) => text)).toEqual(numbers(20));
    expect(anna.live.messages.waitingCount()).toBe(0);
  });

  test("a gap is waited for, over a crash, and nothing is told out of order", () => {
    const { village, anna, ben } = apart(2, 10);
    const parcels = letters(village, anna);
    const [first, ...rest] = parcels.slice(-10);
    bring(village, ben, rest);
    expect(ben.told).toEqual([]);
    village.crash(ben, 0);
    village.start(ben);
    village.settle();
    bring(village, ben, [...parcels.slice(0, -10), ...(first ? [first] : [])]);
    expect(ben.told.map(({ text }) => text)).toEqual(numbers(10));
  });

  test("truncated and altered ones change nothing", () => {
    const { village, anna, ben } = apart(3, 3);
    const parcels = letters(village, anna);
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (which, at, flip, isCut) => {
          const parcel = parcels[which % parcels.length];
          if (parcel === undefined) return;
          const place = at % parcel.frame.length;
          const altered = isCut ? parcel.frame.slice(0, Math.max(1, place)) : parcel.frame.slice();
          if (!isCut) altered[place] = (altered[place] ?? 0) ^ flip;
          bring(village, ben, [{ ...parcel, frame: altered }]);
          expect(ben.told).toEqual([]);
        },
      ),
      { seed: 7, numRuns: 150 },
    );
    bring(village, ben, parcels);
    expect(ben.told.map(({ text }) => text)).toEqual(numbers(3));
  });

  test("a carry file that is garbage, cut, or made wrongly is refused in words", () => {
    const { village, anna, ben } = apart(4, 2);
    const file = encodeCarryFile(suite, letters(village, anna));
    const codes = new Set<string | undefined>();
    const attempt = (bytes: Uint8Array): void =>
      ben.live.messages.carryIn(bytes, (error) => codes.add(error?.code));
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const mutated = file.slice();
        mutated[at % file.length] = (mutated[at % file.length] ?? 0) ^ flip;
        attempt(mutated);
        attempt(file.subarray(0, at % file.length));
      }),
      { seed: 8, numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => attempt(bytes)),
      { seed: 9, numRuns: 100 },
    );
    village.settle();
    expect([...codes]).toEqual(["bad-carry-file"]);
    expect(ben.told).toEqual([]);
  });
});

describe("a contact who says that another one's key is its own", () => {
  function withLiar(seed: number): Record<"anna" | "ben" | "liar", Villager> & {
    village: Village;
    lie: Uint8Array;
  } {
    const village = new Village(seed);
    const [liar, anna, ben] = [village.add("liar"), village.add("anna"), village.add("ben")];
    introduce(village, liar, ben);
    introduce(village, anna, ben);
    say(ben, anna, "hello");
    village.settle(5);
    const note = { wallMs: 1, dhKey: anna.record.dhKey, bundle: new Uint8Array(102) };
    const lie = encodeFrame({ t: "have", note, channels: [], framesMax: 65_535 });
    return { village, liar, anna, ben, lie };
  }

  test("is not told as the author of her letters", () => {
    const { village, liar, anna, ben, lie } = withLiar(50);
    liar.sessions.serve("post", (stream) => {
      stream.write(lie);
      return { onData: () => {}, onEnd: () => {}, onDrain: () => {}, onClose: () => {} };
    });
    say(ben, liar, "who are you?");
    village.settle(5);
    village.part(anna, ben);
    village.crash(anna, 0);
    for (const key of anna.disk.kept.keys()) {
      if (key.startsWith("messages/s/")) anna.disk.kept.delete(key);
    }
    village.start(anna);
    village.settle();
    say(anna, ben, "it is me");
    village.settle(2);
    bring(village, ben, letters(village, anna));
    expect(ben.told.map(({ text, personId }) => [text, personId])).toEqual([
      ["it is me", anna.identity.person.personId],
    ]);
  });

  test("is cut off where it begins a stream so", () => {
    const { village, liar, anna, ben } = withLiar(51);
    const note = { wallMs: 1, dhKey: anna.record.dhKey, bundle: new Uint8Array(102) };
    let answered = 0;
    let closed = 0;
    const stream = liar.sessions.openStream(ben.identity.id, "post", {
      onData: () => answered++,
      onEnd: () => {},
      onDrain: () => {},
      onClose: () => closed++,
    });
    stream?.write(encodeFrame({ t: "hello", note }));
    village.settle();
    expect([answered, closed]).toEqual([0, 1]);
  });
});

describe("an old copy of a home that is put back", () => {
  for (const isNoticed of [true, false]) {
    test(`${isNoticed ? "noticed" : "not noticed"}: no key is used twice, everything arrives once`, () => {
      const village = new Village(isNoticed ? 5 : 6);
      const [anna, ben] = [village.add("anna"), village.add("ben")];
      introduce(village, anna, ben);
      for (let number = 0; number < 3; number++) {
        say(anna, ben, `before ${number}`);
        say(ben, anna, `answer ${number}`);
        village.settle(5);
      }
      const copy = new Map(anna.disk.kept);
      for (let number = 0; number < 4; number++) say(anna, ben, `lost ${number}`);
      village.settle(5);
      village.crash(anna, 0);
      anna.disk.kept.clear();
      for (const [key, value] of copy) anna.disk.kept.set(key, value);
      anna.isCopied = isNoticed;
      village.start(anna);
      village.settle();
      for (let number = 0; number < 8; number++) say(anna, ben, `after ${number}`);
      village.settle(60);
      say(ben, anna, "still there?");
      village.settle(60);
      const told = ben.told.map(({ text }) => text);
      expect(told.filter((text) => text.startsWith("after"))).toEqual(
        numbers(8).map((number) => `after ${number}`),
      );
      expect(new Set(told).size).toBe(told.length);
      expect(anna.told.at(-1)?.text).toBe("still there?");
      expect(anna.live.messages.waitingCount()).toBe(0);
      expect(all(village, ben).every(({ kind }) => kind === "text")).toBe(true);
    });
  }

  test("of a device that only reads: it hears everything that is sent from then on", () => {
    const village = new Village(7);
    const [anna, ben] = [village.add("anna"), village.add("ben")];
    introduce(village, anna, ben);
    say(anna, ben, "before");
    village.settle(5);
    const copy = new Map(ben.disk.kept);
    for (let number = 0; number < 5; number++) say(anna, ben, `lost ${number}`);
    village.settle(5);
    village.crash(ben, 0);
    ben.disk.kept.clear();
    for (const [key, value] of copy) ben.disk.kept.set(key, value);
    ben.isCopied = true;
    village.start(ben);
    village.settle(5);
    for (let number = 0; number < 3; number++) say(anna, ben, `after ${number}`);
    village.settle(60);
    const texts = all(village, ben).map(({ text }) => text);
    expect(texts.slice(-3)).toEqual(["after 0", "after 1", "after 2"]);
    expect(new Set(texts).size).toBe(texts.length);
    expect(anna.live.messages.waitingCount()).toBe(0);
  });
});

describe("letters under numbers that do not go on from those before", () => {
  /** Changes what a peer keeps about the other one while it does not run. */
  function change(village: Village, of: Villager, other: Villager, changed: Partial<Pair>): void {
    village.crash(of, 0);
    const device = other.identity.id;
    const bytes = of.disk.kept.get(PAIRS + device) ?? new Uint8Array(0);
    const { key, value } = pairWrite({ ...decodePair(device, bytes), ...changed });
    of.disk.kept.set(key, value ?? bytes);
    village.start(of);
    village.settle();
  }

  test.each([50, 3 * MARKS_PER_DEVICE_MAX])(
    "smaller ones, %i letters behind, are told, and once however often they come",
    (received) => {
      const { village, anna, ben } = apart(60, 0);
      change(village, ben, anna, { received });
      say(anna, ben, "from an old copy");
      village.settle(2);
      const sealed = letters(village, anna);
      bring(village, ben, sealed);
      bring(village, ben, sealed);
      village.crash(anna, 0);
      for (const key of anna.disk.kept.keys()) {
        if (key.startsWith("messages/s/")) anna.disk.kept.delete(key);
      }
      village.start(anna);
      village.settle(2);
      bring(village, ben, letters(village, anna));
      village.join(anna, ben);
      village.settle(5);
      expect(ben.told.map(({ text }) => text)).toEqual(["from an old copy"]);
      expect(anna.live.messages.waitingCount()).toBe(0);
    },
  );

  test("leaps leave nothing behind that stays for good", () => {
    const { village, anna, ben } = apart(61, 0);
    village.join(anna, ben);
    for (let leap = 1; leap <= 4; leap++) {
      change(village, anna, ben, { nextNumber: leap * 2 * MARKS_PER_DEVICE_MAX });
      say(anna, ben, `${leap}`);
      village.settle(5);
    }
    expect(ben.told.map(({ text }) => text)).toEqual(["1", "2", "3", "4"]);
    const marks = [...ben.disk.kept.keys()].filter((key) => key.startsWith(MARKS));
    expect(marks).toHaveLength(1);
  });
});

describe("first frames of a channel that is over", () => {
  /** Whether somebody's letters still wait in a channel that has only begun. */
  const records = (of: Villager, prefix: string): string[] =>
    [...of.disk.kept.keys()].filter((key) => key.startsWith(prefix));

  /** Anna loses all channels, as where a disk was damaged. */
  function lose(village: Village, anna: Villager): void {
    village.crash(anna, 0);
    for (const key of records(anna, "messages/s/")) anna.disk.kept.delete(key);
    village.start(anna);
    village.settle();
  }

  function withFirstFrames(seed: number): {
    village: Village;
    anna: Villager;
    ben: Villager;
    first: readonly Parcel[];
  } {
    const { village, anna, ben } = apart(seed, 0);
    lose(village, anna);
    say(anna, ben, "first");
    village.settle(2);
    return { village, anna, ben, first: letters(village, anna) };
  }

  test("do not begin it again where it was given up: its keys would seal twice", () => {
    const { village, anna, ben, first } = withFirstFrames(40);
    const before = new Set(records(ben, "messages/s/"));
    bring(village, ben, first);
    expect(ben.told.map(({ text }) => text)).toEqual(["first"]);
    const [begun] = records(ben, "messages/s/").filter((key) => !before.has(key));
    expect(begun).toBeDefined();
    lose(village, anna);
    village.join(anna, ben);
    say(ben, anna, "answer");
    village.settle(20);
    expect(anna.told.at(-1)?.text).toBe("answer");
    expect(records(ben, "messages/s/")).not.toContain(begun);
    bring(village, ben, first);
    expect(records(ben, "messages/s/")).not.toContain(begun);
  });

  test("do not begin it in a copy of the home either", () => {
    const { village, ben, first } = withFirstFrames(41);
    village.crash(ben, 0);
    ben.isCopied = true;
    village.start(ben);
    village.settle();
    bring(village, ben, first);
    expect(records(ben, "messages/s/")).toEqual([]);
  });
});

describe("a clock that is ten years off", () => {
  for (const years of [10, -10]) {
    test(`${years} years: first letters go both ways all the same`, () => {
      const village = new Village(8 + years);
      const [anna, ben] = [village.add("anna"), village.add("ben")];
      introduce(village, anna, ben);
      village.crash(ben, 0);
      ben.clockOffMs = (TEN_YEARS_MS * years) / 10;
      village.start(ben);
      village.settle(10);
      say(anna, ben, "what year is it?");
      say(ben, anna, "another one");
      village.settle(20);
      expect(ben.told.map(({ text }) => text)).toEqual(["what year is it?"]);
      expect(anna.told.map(({ text }) => text)).toEqual(["another one"]);
      expect(anna.live.messages.waitingCount()).toBe(0);
    });
  }
});

describe("kinds that this Peernet does not know", () => {
  test("are kept and shown as such, and what comes after them is read", () => {
    const village = new Village(30);
    const [anna, ben] = [village.add("anna"), village.add("ben")];
    introduce(village, anna, ben);
    const letter = { kind: 99, content: new Uint8Array([1, 2, 3]) };
    anna.live.messages.sendLetter(ben.identity.id, letter, (error) => expect(error).toBeNull());
    say(anna, ben, "readable");
    village.settle(10);
    expect(ben.told.map(({ kind, text }) => [kind, text.includes("newer Peernet")])).toEqual([
      ["newer", true],
      ["text", false],
    ]);
    const raw = [...ben.disk.kept].find(([key]) => key.startsWith("messages/t/"))?.[1];
    expect(raw).toEqual(new Uint8Array([99, 1, 2, 3]));
  });
});
