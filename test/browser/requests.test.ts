import { describe, expect, test } from "vitest";
import { picture, SKIPPED } from "./browser.ts";
import { overflow, setStage, tooSmall } from "./stage.ts";

const { peerOf, open } = setStage();

describe.skipIf(SKIPPED !== undefined)("requests from strangers", () => {
  for (const screen of ["phone", "laptop"] as const) {
    test(`are words and three buttons, and nothing of theirs is more than text, on a ${screen}`, async () => {
      const peer = await peerOf("street");
      const { page, faults } = await open(peer, "people", screen);
      const tray = page.getByRole("region", { name: "1 request to meet you" });
      await tray.getByText("Miriam introduces somebody").waitFor();
      await tray.getByText("Rolls <img src=x onerror=alert(1)>").waitFor();
      await tray.getByText("Beware: this name looks like your contact").waitFor();
      await tray.getByText("It came to your device “Phone”.").waitFor();
      expect(await tray.locator("a, img").count()).toBe(0);
      await picture(page, `requests-${screen}`);
      expect(await overflow(page)).toBe(0);
      if (screen === "phone") expect(await tooSmall(page)).toEqual([]);
      await tray.getByRole("button", { name: "Accept" }).click();
      const dialog = page.getByRole("dialog");
      expect(await dialog.getByLabel("Your own name").inputValue()).toBe("baker");
      await dialog.getByLabel("Your own name").fill("Rolls");
      await dialog.getByRole("button", { name: "Accept" }).click();
      await tray.waitFor({ state: "detached" });
      expect(peer.world.answers).toEqual(["accept Rolls"]);
      expect(faults).toEqual([]);
    });
  }

  test("one that is unwanted is gone at once", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, "people");
    await page.getByRole("button", { name: "Unwanted" }).click();
    await page.getByRole("button", { name: "Unwanted" }).waitFor({ state: "detached" });
    expect(peer.world.answers).toEqual(["unwanted"]);
    expect(faults).toEqual([]);
  });
});
