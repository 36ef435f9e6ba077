import { expect, test } from "vitest";
import { BUDGETS, HELD_BYTES, PROFILES } from "./profile.ts";

/** What one session may have in flight, in bytes. */
const SESSION_BYTES = 4 << 20;

test("a smaller machine keeps less of everything, and enough for one session", () => {
  for (const [at, profile] of PROFILES.entries()) {
    expect(HELD_BYTES[profile]).toBeGreaterThanOrEqual(SESSION_BYTES);
    const larger = PROFILES[at - 1];
    if (larger === undefined) continue;
    expect(HELD_BYTES[profile]).toBeLessThan(HELD_BYTES[larger]);
    expect(BUDGETS[profile].vicinityMax).toBeLessThan(BUDGETS[larger].vicinityMax);
    expect(BUDGETS[profile].landmarksMax).toBeLessThan(BUDGETS[larger].landmarksMax);
  }
});
