import { describe, expect, test } from "vitest";
import {
  areSafe,
  hybridSecrets,
  modern,
  restart,
  say,
  textsAt,
  watchFrames,
} from "../../../test/support/hybrid.ts";
import { introduce, Village, type Villager } from "../../../test/support/village.ts";

const HOUR_MS = 3_600_000;

/** Each says something to the other; all of it must have come, once and in order. */
function talk(village: Village, one: Villager, other: Villager, count = 3): void {
  const before = [textsAt(one).length, textsAt(other).length];
  const texts = Array.from({ length: count }, (_, at) => `${at}`);
  for (const text of texts) {
    say(village, one, other, text);
    say(village, other, one, text);
  }
  village.settle(10);
  expect([textsAt(one).slice(before[0]), textsAt(other).slice(before[1])]).toEqual([texts, texts]);
  expect([one, other].map(({ live }) => live.messages.waitingCount())).toEqual([0, 0]);
}

describe("two devices with ML-KEM-768", () => {
  test("in reach of each other write in hybrid channels from the first frame on, whoever begins", () => {
    for (let seed = 1; seed <= 4; seed++) {
      const village = new Village(seed);
      const [anna, ben] = [modern(village, "anna"), modern(village, "ben")];
      const seen = watchFrames(village);
      introduce(village, anna, ben);
      const [from, to] = seed % 2 === 0 ? [anna, ben] : [ben, anna];
      say(village, from, to, "hello");
      talk(village, to, from);
      expect(areSafe(anna, ben), `seed ${seed}`).toEqual([true, true]);
      expect(seen.plainFirst, `seed ${seed}`).toBe(0);
      expect(seen.hybridFirst, `seed ${seed}`).toBeGreaterThan(0);
      // Each of their secrets was erased with its first use.
      expect([...hybridSecrets(anna), ...hybridSecrets(ben)]).toEqual([]);
    }
  });

  test("of which one answers at once end the first contact with its first frame", () => {
    const village = new Village(20);
    const [anna, ben] = [modern(village, "anna"), modern(village, "ben")];
    introduce(village, anna, ben);
    village.settle(5);
    // Nothing is to be written yet, so nobody has asked for a prekey.
    expect(village.net.opened).not.toContain("hybrid");
    const seen = watchFrames(village);
    say(village, anna, ben, "first");
    // The letter, and before it the empty frame with which the channel begins.
    expect(seen.hybridFirst).toBe(2);
    for (let at = 0; at < 20; at++) say(village, anna, ben, `${at}`);
    expect(seen.hybridFirst).toBe(2);
    expect(seen.message).toBeGreaterThanOrEqual(20);
  });

  test("write plainly where the way is narrow, on whichever side, and better once it is wide", () => {
    for (const isAnnas of [true, false]) {
      const village = new Village(30);
      const [anna, ben] = [modern(village, "anna"), modern(village, "ben")];
      const [near, far] = isAnnas ? [anna, ben] : [ben, anna];
      near.narrowTo.add(far.identity.id);
      const seen = watchFrames(village);
      introduce(village, anna, ben);
      talk(village, anna, ben);
      expect([...areSafe(anna, ben), seen.hybridFirst]).toEqual([false, false, 0]);
      expect(seen.plainFirst).toBeGreaterThan(0);
      near.narrowTo.clear();
      village.part(anna, ben);
      village.join(anna, ben);
      village.settle(5);
      talk(village, anna, ben);
      expect(areSafe(anna, ben)).toEqual([true, true]);
      expect(seen.hybridFirst).toBeGreaterThan(0);
    }
  });

  test("of which one is of the radio profile write in packets of a few bytes as before", () => {
    const village = new Village(40);
    const [anna, ben] = [modern(village, "anna"), modern(village, "ben")];
    for (const one of [anna, ben]) one.isThrifty = true;
    for (const one of [anna, ben]) restart(village, one);
    const seen = watchFrames(village);
    introduce(village, anna, ben);
    talk(village, anna, ben);
    expect([...areSafe(anna, ben), seen.hybridFirst]).toEqual([false, false, 0]);
    const sizes = village.packets.sent.map(({ frame }) => frame.length);
    expect(sizes.length).toBeGreaterThan(0);
    expect(Math.max(...sizes)).toBeLessThan(400);
  });

  test("of which one is older write plainly, whichever that is", () => {
    for (const isAnnas of [true, false]) {
      const village = new Village(50);
      const [anna, ben] = [
        village.add("anna", undefined, isAnnas),
        village.add("ben", undefined, !isAnnas),
      ];
      const seen = watchFrames(village);
      introduce(village, anna, ben);
      talk(village, anna, ben);
      expect([...areSafe(anna, ben), seen.hybridFirst]).toEqual([false, false, 0]);
      // The older one is asked again at times, and then not by every message.
      const asked = village.net.opened.filter((service) => service === "hybrid").length;
      for (let at = 0; at < 5; at++) talk(village, anna, ben, 1);
      expect(village.net.opened.filter((service) => service === "hybrid").length).toBe(asked);
      village.clock.advance(HOUR_MS);
      talk(village, anna, ben, 1);
      const later = village.net.opened.filter((service) => service === "hybrid").length;
      expect(later - asked).toBeLessThanOrEqual(1);
    }
  });

  test("go on in a better channel after both were renewed, and nothing is lost or told twice", () => {
    for (let seed = 60; seed < 63; seed++) {
      const village = new Village(seed);
      const [anna, ben] = [village.add("anna"), village.add("ben")];
      introduce(village, anna, ben);
      talk(village, anna, ben);
      village.part(anna, ben);
      for (const [from, to] of [
        [anna, ben],
        [ben, anna],
      ] as const) {
        say(village, from, to, "waits");
      }
      for (const one of [anna, ben]) {
        one.hasKem = true;
        restart(village, one);
      }
      village.join(anna, ben);
      village.settle(10);
      expect([textsAt(anna).at(-1), textsAt(ben).at(-1)]).toEqual(["waits", "waits"]);
      talk(village, anna, ben);
      expect(areSafe(anna, ben), `seed ${seed}`).toEqual([true, true]);
      for (const one of [anna, ben]) restart(village, one);
      expect(areSafe(anna, ben)).toEqual([true, true]);
      talk(village, anna, ben);
    }
  });

  test("of which one is a copy of a home begin anew, and the secrets of the other copy are gone", () => {
    const village = new Village(70);
    const [anna, ben] = [modern(village, "anna"), modern(village, "ben")];
    introduce(village, anna, ben);
    talk(village, anna, ben);
    let given = 0;
    const stream = ben.sessions.openStream(anna.identity.id, "hybrid", {
      onData: () => given++,
      onEnd: () => undefined,
      onDrain: () => undefined,
      onClose: () => undefined,
    });
    stream?.write(Uint8Array.of(0, 0, 0, 1, 1));
    village.clock.advance(1_000);
    village.settle();
    expect(given).toBeGreaterThan(0);
    expect(hybridSecrets(anna).length).toBe(1);
    anna.isCopied = true;
    restart(village, anna);
    expect(hybridSecrets(anna).length).toBe(0);
    village.settle(10);
    talk(village, anna, ben);
    expect(areSafe(anna, ben)).toEqual([true, true]);
  });
});

describe("crashes while a hybrid channel begins", () => {
  test("at every step, of both: the secret is there until it is used and never after, all arrives once", () => {
    let withSecret = 0;
    for (let run = 0; run < 16; run++) {
      const village = new Village(1_000);
      const [anna, ben] = [modern(village, "anna"), modern(village, "ben")];
      const seen = watchFrames(village);
      introduce(village, anna, ben);
      village.part(anna, ben);
      say(village, anna, ben, "one");
      // Their channels are lost, so that they begin again with a letter under way.
      for (const one of [anna, ben]) {
        one.isCopied = true;
        restart(village, one);
        one.isCopied = false;
      }
      village.join(anna, ben);
      for (let step = 0; step < 13 * run; step++) village.step();
      withSecret += hybridSecrets(anna).length + hybridSecrets(ben).length;
      const who = run % 2 === 0 ? ben : anna;
      village.crash(who, run % 3);
      village.start(who);
      village.settle(20);
      // What was kept just before the crash was perhaps not told any more: it is there unread.
      expect([ben.live.messages.unreadCount(), seen.plainFirst], `run ${run}`).toEqual([1, 0]);
      talk(village, anna, ben, 1);
      expect(areSafe(anna, ben), `run ${run}`).toEqual([true, true]);
      expect([...hybridSecrets(anna), ...hybridSecrets(ben)], `run ${run}`).toEqual([]);
    }
    expect(withSecret).toBeGreaterThan(0);
  });
});
