import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { AssertionError } from "../base/errors.ts";
import { ManualClock, testIdentity, testRandom } from "./fixtures.ts";

describe("testRandom", () => {
  test("the same seed gives the same draws, another gives others", () => {
    const draw = (seed: number | string) => testRandom(seed).bytes(64);
    expect(draw(1)).toEqual(draw(1));
    expect(draw("1")).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw("ab")).not.toEqual(draw("ba"));
  });

  test("a fork depends on its label and how often it was taken, never on draws", () => {
    const quiet = testRandom(1);
    const busy = testRandom(1);
    busy.bytes(1000);
    busy.fork("other").u32();
    const first = quiet.fork("link").bytes(32);
    expect(busy.fork("link").bytes(32)).toEqual(first);
    expect(quiet.fork("link").bytes(32)).not.toEqual(first);
    expect(testRandom(1).bytes(32)).not.toEqual(first);
  });

  test("bits and byte values are evenly spread", () => {
    const random = testRandom("spread");
    const counts = new Array<number>(256).fill(0);
    for (const byte of random.bytes(256 * 1000)) counts[byte] = (counts[byte] ?? 0) + 1;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 255 degrees of freedom: 99.9 % of fair sources lie between.
    expect(chiSquare).toBeGreaterThan(190);
    expect(chiSquare).toBeLessThan(330);
  });

  test("the first words of neighbouring seeds are unrelated", () => {
    let bits = 0;
    for (let seed = 0; seed < 1000; seed++) {
      let difference = (testRandom(seed).u32() ^ testRandom(seed + 1).u32()) >>> 0;
      for (; difference > 0; difference >>>= 1) bits += difference & 1;
    }
    expect(bits / 1000).toBeGreaterThan(15.5);
    expect(bits / 1000).toBeLessThan(16.5);
  });

  test("bytes come in any number", () => {
    for (const length of [0, 1, 3, 4, 5, 33])
      expect(testRandom(1).bytes(length).length).toBe(length);
  });
});

describe("testIdentity", () => {
  test("is the same for a label, another for another", () => {
    const suite = createNodeSuite();
    expect(testIdentity(suite, "a").id).toBe(testIdentity(suite, "a").id);
    expect(testIdentity(suite, "a").id).not.toBe(testIdentity(suite, "b").id);
    expect(testIdentity(suite, "a").person.personId).not.toBe(
      testIdentity(suite, "b").person.personId,
    );
  });
});

describe("ManualClock", () => {
  test("moves only when told, and never back", () => {
    const clock = new ManualClock(5);
    const wallMs = clock.wallMs();
    clock.advance(1.5);
    expect(clock.monotonicMs()).toBe(6.5);
    expect(clock.wallMs()).toBe(wallMs + 1.5);
    clock.setWallMs(0);
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([0, 6.5]);
    expect(() => clock.advance(-1)).toThrow(AssertionError);
    expect(() => clock.advance(Number.NaN)).toThrow(AssertionError);
  });
});
