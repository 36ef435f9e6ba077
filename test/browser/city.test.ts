import { describe, expect, test } from "vitest";
import { picture, SKIPPED } from "./browser.ts";
import { overflow, setStage, tooSmall } from "./stage.ts";

const { peerOf, open } = setStage();

describe.skipIf(SKIPPED !== undefined)("a map of 2,000 peers", () => {
  for (const screen of ["phone", "laptop"] as const) {
    test(`is one canvas that can be moved, zoomed and touched, on a ${screen}`, async () => {
      const peer = await peerOf("city");
      const { page, faults } = await open(peer, "map", screen);
      await page.locator('.big-map[data-rest="true"]').waitFor({ timeout: 60_000 });
      const canvas = page.locator(".big-map");
      expect(await canvas.getAttribute("data-peers")).toBe("2000");
      expect(Number(await canvas.getAttribute("data-links"))).toBeGreaterThan(4_500);
      await page.waitForTimeout(200);
      await picture(page, `city-${screen}`);
      const box = await canvas.boundingBox();
      const [x, y] = [
        (box?.x ?? 0) + (box?.width ?? 0) / 2,
        (box?.y ?? 0) + (box?.height ?? 0) / 2,
      ];
      await page.mouse.click(x, y);
      const card = page.getByRole("region", { name: "Peer", exact: true });
      await card.waitFor();
      await page.keyboard.press("Escape");
      await card.waitFor({ state: "detached" });
      await canvas.focus();
      await page.keyboard.press("+");
      await page.keyboard.press("ArrowLeft");
      await page.getByRole("button", { name: "Closer" }).click();
      await page.mouse.move(x, y);
      await page.mouse.wheel(0, -600);
      await page.mouse.down();
      await page.mouse.move(x + 80, y + 40, { steps: 4 });
      await page.mouse.up();
      await page.waitForTimeout(200);
      await picture(page, `city-near-${screen}`);
      expect(await card.count()).toBe(0);
      expect(await overflow(page)).toBe(0);
      if (screen === "phone") expect(await tooSmall(page)).toEqual([]);
      expect(faults).toEqual([]);
    });
  }

  test("has a list to find somebody in", async () => {
    const { page, faults } = await open(await peerOf("city"), "map");
    await page.getByText("1999 peers").waitFor();
    await page.getByLabel("Find a peer").fill("peer-1234");
    await page.getByRole("button", { name: /peer-1234/ }).click();
    await page.getByRole("region", { name: "Peer", exact: true }).waitFor();
    await page.getByLabel("Find a peer").fill("nobody at all");
    await page.getByText("Nobody of that name is in reach.").waitFor();
    expect(faults).toEqual([]);
  });
});
