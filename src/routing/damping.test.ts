import { describe, expect, test } from "vitest";
import { noteUnrest } from "./damping.ts";
import { Destination } from "./destination.ts";
import { BATCH_MS, UNREST_FREE, UNREST_HALF_LIFE_MS, UNREST_WAIT_MAX_MS } from "./limits.ts";

function origin(): Destination {
  return new Destination(`fd${"11".repeat(15)}`, 1, 0);
}

describe("how long news of a restless origin wait", () => {
  test("not at all for the first UNREST_FREE changes, then twice as long each time", () => {
    const one = origin();
    const waits = Array.from({ length: UNREST_FREE + 4 }, () => noteUnrest(one, 1_000));
    expect(waits.slice(0, UNREST_FREE)).toEqual(Array(UNREST_FREE).fill(0));
    expect(waits.slice(UNREST_FREE)).toEqual([2, 4, 8, 16].map((times) => times * BATCH_MS));
  });

  test("never longer than UNREST_WAIT_MAX_MS", () => {
    const one = origin();
    const waits = Array.from({ length: 10_000 }, () => noteUnrest(one, 0));
    expect(Math.max(...waits)).toBe(UNREST_WAIT_MAX_MS);
  });

  test("half is forgotten in UNREST_HALF_LIFE_MS", () => {
    const one = origin();
    for (let i = 0; i < 2 * UNREST_FREE; i++) noteUnrest(one, 0);
    expect(noteUnrest(one, 0)).toBeGreaterThan(0);
    expect(one.unrest).toBe(2 * UNREST_FREE + 1);
    noteUnrest(one, UNREST_HALF_LIFE_MS);
    expect(one.unrest).toBe(UNREST_FREE + 1.5);
    expect(noteUnrest(one, 20 * UNREST_HALF_LIFE_MS)).toBe(0);
  });

  test("a change every 5 s never waits; one every half second waits as long as any", () => {
    const [often, rarely] = [origin(), origin()];
    let [most, mostRarely] = [0, 0];
    for (let i = 0; i < 600; i++) {
      most = Math.max(most, noteUnrest(often, i * 500));
      mostRarely = Math.max(mostRarely, noteUnrest(rarely, i * 5_000));
    }
    expect(most).toBe(UNREST_WAIT_MAX_MS);
    expect(mostRarely).toBe(0);
  });
});
