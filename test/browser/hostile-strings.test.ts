import { describe, expect, test } from "vitest";
import { COMMUNITY_PARTS } from "../../console/src/state/fragment.ts";
import { picture, SKIPPED } from "./browser.ts";
import { COMMUNITY_ID } from "./fake-communities.ts";
import { idOf } from "./fake-data.ts";
import { HOSTILE_STRINGS } from "./hostile-strings.ts";
import { poison } from "./hostile-world.ts";
import { cutOff, overflow, setStage } from "./stage.ts";

const { peerOf, open } = setStage();

const PLACES = [
  ["map", "Around me"],
  ["people", "People"],
  [`people&with=${idOf(1000)}`, "People"],
  ["groups", "Groups"],
  [`groups&group=${"0a".repeat(16)}`, "Groups"],
  [`groups&group=${"0a".repeat(16)}&page=about`, "Groups"],
  ["money", "Money"],
  [`money&line=${idOf(6300)}`, "Money"],
  ["money&page=payments", "Money"],
  ["money&page=requests", "Money"],
  ["money&page=receipts", "Money"],
  ["money&page=currencies", "Money"],
  ["money&page=rates", "Money"],
  ["money&page=automatic", "Money"],
  ["money&page=communities", "Money"],
  ...COMMUNITY_PARTS.map(
    (part) => [`money&page=communities&community=${COMMUNITY_ID}&part=${part}`, "Money"] as const,
  ),
  ["drive", "Drive"],
  ["status", "Status"],
  ["settings&page=devices", "Settings"],
  ["settings&page=browsers", "Settings"],
  ["settings&page=recovery", "Settings"],
  ["settings&page=logs", "Settings"],
] as const;

describe.skipIf(SKIPPED !== undefined)("a hundred hostile texts", () => {
  test("are a hundred, each of them once", () => {
    expect(new Set(HOSTILE_STRINGS).size).toBeGreaterThanOrEqual(100);
  });

  for (const [place, title] of PLACES) {
    test(`are only text in ${place.replace(/=[0-9a-z]{20,}/, "")}`, async () => {
      const peer = await peerOf("street");
      poison(peer);
      const { page, faults } = await open(peer, place, "phone");
      await page.locator("h1").getByText(title).waitFor({ state: "attached" });
      await page.waitForTimeout(500);
      await picture(page, `hostile-${place.replace(/[^a-z]+/g, "-").slice(0, 24)}`);
      expect(await page.evaluate("globalThis.broken")).toBeUndefined();
      expect(await page.evaluate("document.scripts.length")).toBe(1);
      const foreign = "iframe, object, embed, base, form[action], meta[http-equiv], main style";
      expect(await page.locator(foreign).count()).toBe(0);
      expect(await overflow(page)).toBe(0);
      expect(await cutOff(page)).toEqual([]);
      expect(page.url()).not.toContain("evil");
      expect(faults).toEqual([]);
    });
  }
});
