import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { idOf, TestDesk } from "../../../test/support/stranger-desk.ts";
import { TypedError } from "../../base/errors.ts";
import type { Random } from "../../ports/index.ts";
import { ManualClock, testRandom } from "../../testing/index.ts";
import { inertName, inertText } from "./inert.ts";
import {
  EDGE_WINDOW,
  GROUP_WINDOW,
  INTRODUCTION_LIFE_MS,
  LETTERS_PER_PERSON_MAX,
  REQUEST_TEXT_BYTES_MAX,
  REQUESTS_PER_DAY,
  SHOWN_DAY_MS,
  STRANGER_FRAME_BYTES_MAX,
} from "./limits.ts";
import type { NextHop } from "./ports.ts";
import { decodeContent, encodeContent, type Knock, STRANGER_TALK } from "./protocol.ts";

const HOUR_MS = 3_600_000;
const FIND = new Uint8Array(16).fill(7);

function shownNames(desk: TestDesk): readonly string[] {
  return desk.live.requests().map(({ name }) => name);
}

describe("the tray", () => {
  test(`shows ${REQUESTS_PER_DAY} requests a day and not one more, however many edges bring some`, () => {
    const desk = new TestDesk("anna", new ManualClock());
    for (let number = 0; number < 10; number++) {
      const from = desk.befriend(`friend ${number}`);
      expect(desk.hears(from, desk.bring(`stranger ${number}`))).toEqual({ t: "taken" });
    }
    expect(desk.live.requests().length).toBe(REQUESTS_PER_DAY);
    desk.pass(SHOWN_DAY_MS - 1);
    expect(desk.live.requests().length).toBe(REQUESTS_PER_DAY);
    desk.pass(1);
    expect(desk.live.requests().length).toBe(2 * REQUESTS_PER_DAY);
    desk.crash(0);
    desk.pass(SHOWN_DAY_MS - 1);
    expect(desk.live.requests().length).toBe(2 * REQUESTS_PER_DAY);
  });

  test("serves edges in turn: one that always has more waiting starves no other", () => {
    const desk = new TestDesk("anna", new ManualClock());
    const [loud, quiet] = [desk.befriend("loud"), desk.befriend("quiet")];
    desk.live.setSettings({ ...desk.live.settings, requestsPerDay: 1 }, () => undefined);
    desk.settle();
    desk.hears(loud, desk.bring("loud 1"));
    desk.hears(loud, desk.bring("loud 2"));
    desk.hears(quiet, desk.bring("quiet 1"));
    expect(shownNames(desk)).toEqual(["loud 1"]);
    desk.pass(SHOWN_DAY_MS);
    expect(shownNames(desk)).toEqual(["loud 1", "quiet 1"]);
    desk.pass(SHOWN_DAY_MS);
    expect(shownNames(desk)).toEqual(["loud 1", "quiet 1", "loud 2"]);
  });

  test("a person who set it to nothing sees nothing, and one who sets it back sees what waits", () => {
    const desk = new TestDesk("anna", new ManualClock());
    desk.live.setSettings({ ...desk.live.settings, requestsPerDay: 0 }, () => undefined);
    desk.settle();
    desk.hears(desk.befriend("ben"), desk.bring("stranger"));
    expect(shownNames(desk)).toEqual([]);
    expect(desk.crash(0).settings.requestsPerDay).toBe(0);
    desk.live.setSettings({ ...desk.live.settings, requestsPerDay: 3 }, () => undefined);
    desk.settle();
    desk.live.tick();
    desk.settle();
    expect(shownNames(desk)).toEqual(["stranger"]);
  });
});

test("what comes over an edge with an unwanted one waits behind what comes over others", () => {
  const desk = new TestDesk("anna", new ManualClock());
  const [bad, clean] = [desk.befriend("bad"), desk.befriend("clean")];
  desk.live.setSettings({ ...desk.live.settings, requestsPerDay: 1 }, () => undefined);
  desk.settle();
  for (const name of ["bad 1", "bad 2", "bad 3"]) desk.hears(bad, desk.bring(name));
  const [shown] = desk.live.requests();
  desk.live.answer(shown?.id ?? "", "unwanted", undefined, () => undefined);
  desk.settle();
  // Served later than the other edge, and all the same it comes first.
  desk.hears(clean, desk.bring("clean 1"));
  desk.pass(SHOWN_DAY_MS);
  desk.hears(clean, desk.bring("clean 2"));
  expect(shownNames(desk)).toEqual(["clean 1"]);
  desk.pass(SHOWN_DAY_MS);
  expect(shownNames(desk)).toEqual(["clean 1", "clean 2"]);
  desk.pass(SHOWN_DAY_MS);
  expect(shownNames(desk)).toEqual(["clean 1", "clean 2", "bad 2"]);
});

describe("an edge", () => {
  test("takes six at a time; a repeated one is the same; strangers are not heard at all", () => {
    const desk = new TestDesk("anna", new ManualClock());
    const ben = desk.befriend("ben");
    const first = desk.bring("one");
    expect(desk.hears(ben, first)).toEqual({ t: "taken" });
    expect(desk.hears(ben, first)).toEqual({ t: "taken" });
    expect(desk.live.standing(ben).reserved).toBe(1);
    for (let more = 2; more <= EDGE_WINDOW; more++) {
      expect(desk.hears(ben, desk.bring(`stranger ${more}`))).toEqual({ t: "taken" });
    }
    expect(desk.hears(ben, desk.bring("one more"))).toEqual({ t: "refused", r: "no-credit" });
    expect(desk.hears(idOf("nobody"), desk.bring("four"))).toBeUndefined();
    expect(desk.live.standing(ben).reserved).toBe(EDGE_WINDOW);
  });

  test("another contact cannot bring an introduction under the same id, nor end it", () => {
    const desk = new TestDesk("anna", new ManualClock());
    const [ben, mallory] = [desk.befriend("ben"), desk.befriend("mallory")];
    const bring = desk.bring("stranger");
    desk.hears(ben, bring);
    expect(desk.hears(mallory, bring)).toEqual({ t: "refused", r: "known" });
    desk.hears(mallory, { t: "verdict", i: bring.i, v: "unwanted" });
    expect(desk.live.standing(ben)).toMatchObject({ violations: 0, reserved: 1 });
    expect(desk.live.requests().length).toBe(1);
  });

  test("whether somebody is known already cannot be found out by introducing them", () => {
    const desk = new TestDesk("anna", new ManualClock());
    const ben = desk.befriend("ben");
    desk.befriend("cleo");
    expect(desk.hears(ben, desk.bring("cleo"))).toEqual({ t: "taken" });
    expect(desk.hears(ben, desk.bring("stranger"))).toEqual({ t: "taken" });
    expect(shownNames(desk)).toEqual(["stranger"]);
  });

  test("forged provenance is refused: nobody brings somebody else as themselves", () => {
    const desk = new TestDesk("anna", new ManualClock());
    const ben = desk.befriend("ben");
    expect(desk.hears(ben, desk.bring("cleo", { h: 0, g: FIND }))).toEqual({
      t: "refused",
      r: "unknown",
    });
    const lowOrder = desk.bring("cleo", { d: new Uint8Array(32) });
    expect(desk.hears(ben, lowOrder)).toEqual({ t: "refused", r: "unknown" });
    expect(desk.hears(ben, desk.bring("cleo", { l: [] }))).toEqual({ t: "refused", r: "unknown" });
    expect(desk.live.standing(ben).reserved).toBe(0);
  });
});

describe("an introduction on its way", () => {
  function relay(): { desk: TestDesk; before: string; after: string } {
    let next: NextHop | undefined;
    const desk = new TestDesk("anna", new ManualClock(), { ways: { nextFor: () => next } });
    const [before, after] = [desk.befriend("before"), desk.befriend("after")];
    next = { person: after, isTarget: false };
    desk.live.setSettings({ ...desk.live.settings, relay: true }, () => undefined);
    desk.settle();
    return { desk, before, after };
  }

  test("goes on over three introducers and no further, and never without leave", () => {
    const { desk, before, after } = relay();
    expect(desk.hears(before, desk.bring("x", { h: 3, g: FIND }))).toEqual({
      t: "refused",
      r: "unknown",
    });
    const bring = desk.bring("x", { h: 2, g: FIND });
    expect(desk.hears(before, bring)).toEqual({ t: "taken" });
    expect(desk.live.questionFor(after, "device")).toMatchObject({ t: "bring", i: bring.i, h: 3 });
    const closed = new TestDesk("closed", new ManualClock());
    expect(closed.hears(closed.befriend("b"), closed.bring("x", { g: FIND }))).toEqual({
      t: "refused",
      r: "off",
    });
  });

  test("its end comes back by the next one alone, and once: repeated verdicts change nothing", () => {
    const { desk, before, after } = relay();
    const bring = desk.bring("x", { g: FIND });
    desk.hears(before, bring);
    const unwanted = { t: "verdict", i: bring.i, v: "unwanted" } as const;
    desk.hears(before, unwanted);
    expect(desk.live.standing(before)).toMatchObject({ violations: 0, reserved: 1 });
    for (let time = 0; time < 3; time++) desk.hears(after, unwanted);
    expect(desk.live.standing(before)).toMatchObject({ violations: 1, reserved: 0 });
    expect(desk.live.questionFor(before, "device")).toEqual(unwanted);
    desk.hears(after, { t: "verdict", i: bring.i, v: "wanted" });
    expect(desk.live.standing(before).violations).toBe(1);
  });

  test("one that the next one refuses comes back, and its credit with it", () => {
    const { desk, before, after } = relay();
    const bring = desk.bring("x", { g: FIND });
    desk.hears(before, bring);
    desk.live.questionFor(after, "device");
    desk.live.answered("device", { t: "refused", r: "closed" }, () => undefined);
    desk.settle();
    expect(desk.live.standing(before)).toMatchObject({ violations: 0, reserved: 0 });
    expect(desk.live.questionFor(before, "other")).toEqual({
      t: "verdict",
      i: bring.i,
      v: "returned",
    });
  });

  test(`so many words wait for one contact and not one more`, () => {
    const { desk, after } = relay();
    const answers = Array.from({ length: LETTERS_PER_PERSON_MAX + 1 }, (_, number) => {
      const from = desk.befriend(`from ${number}`);
      return desk.hears(from, desk.bring(`x ${number}`, { g: FIND }))?.t;
    });
    expect(answers.slice(0, -1).every((answer) => answer === "taken")).toBe(true);
    expect(answers.at(-1)).toBe("refused");
    expect(desk.live.standing(after).reserved).toBe(0);
  });
});

describe("other doors", () => {
  function knockOf(desk: TestDesk, name: string, change: Partial<Knock>): Knock {
    const { h: _h, g: _g, w: _w, ...rest } = desk.bring(name);
    return { ...rest, t: "knock", ...change };
  }

  test("a common group is one edge for all its members, and others have no door there", () => {
    const groups = {
      groupName: (_id: Uint8Array, person: string) =>
        person === idOf("outsider") ? undefined : "Choir",
    };
    const desk = new TestDesk("anna", new ManualClock(), { groups });
    const g = new Uint8Array(8).fill(1);
    for (let number = 0; number <= GROUP_WINDOW; number++) {
      const name = `singer ${number}`;
      const heard = desk.hears(idOf(name), knockOf(desk, name, { g }));
      expect(heard).toEqual(
        number < GROUP_WINDOW ? { t: "taken" } : { t: "refused", r: "no-credit" },
      );
    }
    expect(desk.hears(idOf("outsider"), knockOf(desk, "outsider", { g }))?.t).toBe("refused");
    expect(desk.hears(idOf("liar"), knockOf(desk, "singer 9", { g }))).toEqual({
      t: "refused",
      r: "unknown",
    });
    expect(desk.live.requests()[0]).toMatchObject({ group: "Choir", by: undefined });
    expect(desk.answer(0, "unwanted")).toBe("none");
    expect(desk.hears(idOf("singer 8"), knockOf(desk, "singer 8", { g }))?.t).toBe("refused");
  });

  test("a bond is no door where there is no ledger; where there is one, it is given back or kept", () => {
    const b = new Uint8Array(4);
    const without = new TestDesk("anna", new ManualClock());
    expect(without.hears(idOf("rich"), knockOf(without, "rich", { b }))).toEqual({
      t: "refused",
      r: "no-ledger",
    });
    const ended: string[] = [];
    const desk = new TestDesk("anna", new ManualClock(), {
      bonds: { hold: (bond) => bond[0] === 0, end: (_id, verdict) => ended.push(verdict) },
    });
    expect(desk.hears(idOf("poor"), knockOf(desk, "poor", { b: Uint8Array.of(1) }))).toEqual({
      t: "refused",
      r: "no-ledger",
    });
    for (const name of ["rich", "richer", "richest"]) {
      expect(desk.hears(idOf(name), knockOf(desk, name, { b }))).toEqual({ t: "taken" });
    }
    desk.answer(0, "accept");
    desk.answer(0, "unwanted");
    desk.pass(INTRODUCTION_LIFE_MS);
    expect(ended).toEqual(["wanted", "unwanted", "lapsed"]);
  });

  test("somebody with neither has no door", () => {
    const desk = new TestDesk("anna", new ManualClock());
    expect(desk.hears(idOf("x"), knockOf(desk, "x", {}))).toEqual({ t: "refused", r: "off" });
  });
});

describe("what strangers say", () => {
  test.each([
    ["bidi", "pay \u202egnihton", "pay ·gnihton"],
    ["line breaks", "a\nb\tc", "a b c"],
    ["escape sequences", "\u001b[31mred", "·[31mred"],
    ["invisible characters", "An\u200bna\u2066", "An·na·"],
    [
      "links",
      "see https://evil.example and www.evil.example",
      "see https:/ /evil.example and www .evil.example",
    ],
  ])("%s do nothing", (_, text, shown) => {
    expect(inertText(text)).toBe(shown);
  });

  test("names that trick the eye are not shown at all", () => {
    expect(["\u202eanna", "", "a\u0000", "fd00::1"].map(inertName)).toEqual(["", "", "", ""]);
    expect(inertName("Zoë")).toBe("Zoë");
  });

  test("a text of the limit is read, one byte more is not, nor is a frame above its limit", () => {
    const desk = new TestDesk("anna", new ManualClock());
    const longest = desk.bring("x", { x: "a".repeat(REQUEST_TEXT_BYTES_MAX) });
    expect(decodeContent(encodeContent(longest))).toEqual(longest);
    const long = { ...longest, x: `${longest.x}a` };
    expect(() => decodeContent(encodeContent(long))).toThrow(TypedError);
    expect(STRANGER_TALK.encode(longest).length).toBeLessThan(STRANGER_FRAME_BYTES_MAX);
  });

  test("random bytes and changed frames are refused with a typed error and nothing else", () => {
    const desk = new TestDesk("anna", new ManualClock());
    const frame = encodeContent(desk.bring("x", { g: FIND, w: "y" }));
    const tries = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.nat(frame.length - 1), fc.nat(255)).map(([at, byte]) => {
        const changed = Uint8Array.from(frame);
        changed[at] = byte;
        return changed;
      }),
    );
    fc.assert(
      fc.property(tries, (bytes) => {
        try {
          expect(encodeContent(decodeContent(bytes))).toEqual(bytes);
        } catch (error) {
          if (!(error instanceof TypedError)) throw error;
        }
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

/** One random thing that a contact, the person, the disk or time does. */
function randomStep(desk: TestDesk, edges: readonly string[], random: Random, name: string): void {
  const dice = random.u32() % 8;
  if (dice < 3) {
    const edge = edges[random.u32() % edges.length] ?? "";
    desk.live.asked(edge, desk.bring(name), () => undefined);
  } else if (dice < 5) {
    const [request] = desk.live.requests();
    const how = (["accept", "decline", "unwanted"] as const)[random.u32() % 3] ?? "accept";
    if (request) desk.live.answer(request.id, how, undefined, () => undefined);
  } else if (dice < 6) desk.crash(random.u32() % 3);
  else if (dice < 7) desk.disk.full = !desk.disk.full;
  else desk.pass((random.u32() % 100) * HOUR_MS);
  for (let operation = random.u32() % 6; operation > 0; operation--) desk.disk.step();
}

/** Whatever happens to disk and process, what is reserved is what is under way. */
test("no credit is lost or doubled in 150 random runs of crashes, full disks and answers", () => {
  for (let seed = 0; seed < 150; seed++) {
    const random = testRandom(`credits ${seed}`);
    const desk = new TestDesk("anna", new ManualClock());
    const edges = ["ben", "cleo", "dora"].map((name) => desk.befriend(name));
    for (let step = 0; step < 25; step++) randomStep(desk, edges, random, `s ${seed} ${step}`);
    desk.disk.full = false;
    desk.settle();
    // Whom a full disk let become a contact and left in the tray is out of it after a start.
    desk.crash(0);
    desk.pass(HOUR_MS);
    const reserved = (): readonly number[] =>
      edges.map((edge) => desk.live.standing(edge).reserved);
    const before = reserved();
    expect(Math.max(...before)).toBeLessThanOrEqual(EDGE_WINDOW);
    desk.crash(0);
    expect(reserved()).toEqual(before);
    desk.pass(2 * INTRODUCTION_LIFE_MS);
    desk.pass(SHOWN_DAY_MS);
    expect(reserved()).toEqual([0, 0, 0]);
    expect(desk.live.requests()).toEqual([]);
  }
});
