import { describe, expect, test } from "vitest";
import { picture, SKIPPED } from "./browser.ts";
import { overflow, setStage, tooSmall } from "./stage.ts";

const { peerOf, open } = setStage();

describe.skipIf(SKIPPED !== undefined)("what is kept for others and by others", () => {
  for (const screen of ["phone", "laptop"] as const) {
    test(`is shown, and the quota changed, on a ${screen}`, async () => {
      const peer = await peerOf("street");
      const { page, faults } = await open(peer, "drive", screen);
      const space = page.getByRole("region", { name: "Space" });
      await space.getByText("3.3 GB of 10 GB given to others").waitFor();
      await space.getByText("others keep about 1.6 GB for you").waitFor();
      await space.getByText("2 peers").click();
      await space.getByText("proved 12 of 13 times").waitFor();
      const field = space.getByLabel("Give others at most");
      expect(await field.inputValue()).toBe("10");
      await field.fill("lots");
      await space.getByRole("button", { name: "Save" }).click();
      await space.getByText("Give a number of gigabytes, such as 50 or 0.5.").waitFor();
      await field.fill("2,5");
      await space.getByText("What is kept already stays").waitFor();
      await picture(page, `keeping-${screen}`);
      expect(await overflow(page)).toBe(0);
      if (screen === "phone") expect(await tooSmall(page)).toEqual([]);
      await space.getByRole("button", { name: "Save" }).click();
      await space.getByText("3.3 GB of 2.5 GB given to others").waitFor();
      expect(peer.world.keeping.quotaBytes).toBe(2_500_000_000);
      expect(faults).toEqual([]);
    });
  }

  test("an object is checked, and let go after a question", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, "drive");
    const row = page.locator(".object").filter({ hasText: "harbour.jpg" });
    await row.getByRole("button", { name: "Check" }).click();
    await page.getByText("5 of 6 holders proved what they keep").waitFor();
    await row.getByRole("button", { name: "Let go" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("It leaves your drive").waitFor();
    await dialog.getByRole("button", { name: "Leave it" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await row.count()).toBe(1);
    await row.getByRole("button", { name: "Let go" }).click();
    await dialog.getByRole("button", { name: "Let go" }).click();
    await row.waitFor({ state: "detached" });
    expect(peer.world.objects.some(({ name }) => name === "harbour.jpg")).toBe(false);
    expect(faults).toEqual([]);
  });
});
