import { expect, test } from "vitest";
import { BUDGETS, PROFILES, SESSION_BUDGETS } from "./profile.ts";

/** What one session may have in flight, in bytes. */
const SESSION_BYTES = 4 << 20;

test("a smaller machine keeps less of everything, and enough for one session", () => {
  for (const [at, profile] of PROFILES.entries()) {
    const { heldBytesMax } = SESSION_BUDGETS[profile];
    expect(heldBytesMax).toBeGreaterThanOrEqual(SESSION_BYTES);
    const larger = PROFILES[at - 1];
    if (larger === undefined) continue;
    expect(heldBytesMax).toBeLessThan(SESSION_BUDGETS[larger].heldBytesMax);
    expect(BUDGETS[profile].vicinityMax).toBeLessThan(BUDGETS[larger].vicinityMax);
    expect(BUDGETS[profile].landmarksMax).toBeLessThan(BUDGETS[larger].landmarksMax);
  }
});
