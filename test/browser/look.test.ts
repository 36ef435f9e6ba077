import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { FOLDER_MEDIA_TYPE } from "../../src/api/contract-store.ts";
import { picture, SKIPPED } from "./browser.ts";
import type { FakePeer } from "./fake-api.ts";
import { objectOf } from "./fake-data.ts";
import { overflow, setStage, tooSmall } from "./stage.ts";

const { peerOf, open } = setStage();

async function lookAt(page: Page, name: string): Promise<Locator> {
  const row = page.locator(".object").filter({ hasText: name });
  await row.getByRole("button", { name: "Look" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  return dialog;
}

/** Moves a slider as a hand does. */
async function slideTo(dialog: Locator, value: number): Promise<void> {
  await dialog.getByRole("slider").fill(String(value));
}

/** Which addresses of blobs the page gives up from now on; a browser may show such a picture from its cache still. */
async function watchRevoked(page: Page): Promise<() => Promise<readonly string[]>> {
  const watched = await page.evaluateHandle(() => {
    const urls: string[] = [];
    const revoke = URL.revokeObjectURL;
    URL.revokeObjectURL = (url) => {
      urls.push(url);
      revoke(url);
    };
    return urls;
  });
  return () => watched.jsonValue();
}

/** Lets one look after the other through. */
function gate(peer: FakePeer): { next(): void } {
  const waiting: (() => void)[] = [];
  peer.world.lookGate = () => new Promise((resolve) => waiting.push(resolve));
  return { next: () => waiting.shift()?.() };
}

describe.skipIf(SKIPPED !== undefined)("looking at what is stored", () => {
  for (const screen of ["phone", "laptop"] as const) {
    test(`a photo sharpens layer by layer and says which is seen, on a ${screen}`, async () => {
      const peer = await peerOf("street");
      const { page, faults } = await open(peer, "drive", screen, "dark");
      const { next } = gate(peer);
      const revoked = await watchRevoked(page);
      const dialog = await lookAt(page, "harbour.jpg");
      const words = dialog.getByRole("status").last();
      const image = dialog.locator(".look-picture img");
      await dialog.getByText("One moment").waitFor();
      const sources: string[] = [];
      for (const said of [
        "Layer 1 of 3: all of it, soft",
        "Layer 2 of 3: all of it, sharper",
        "Layer 3 of 3: bit-exact",
      ]) {
        await expect.poll(() => peer.world.looks.length).toBe(sources.length + 1);
        next();
        await words.filter({ hasText: said }).waitFor();
        // The picture is put in its place right after the words.
        await expect.poll(() => image.count()).toBe(1);
        await expect
          .poll(() => image.evaluate((one: HTMLImageElement) => one.naturalWidth))
          .toBe(320);
        await expect
          .poll(async () => sources.includes((await image.getAttribute("src")) ?? ""))
          .toBe(false);
        sources.push((await image.getAttribute("src")) ?? "");
        await picture(page, `look-${sources.length}-${screen}`);
      }
      expect(peer.world.looks).toEqual([{ layers: "1" }, { layers: "2" }, { layers: "3" }]);
      expect(await dialog.locator(".look").getAttribute("data-phase")).toBe("still");
      expect(await words.getAttribute("aria-live")).toBe("polite");
      expect(await overflow(page)).toBe(0);
      if (screen === "phone") expect(await tooSmall(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      expect(faults).toEqual([]);
      await expect.poll(async () => [...(await revoked())].sort()).toEqual(sources.sort());
    });

    test(`the slider shows what would be left, on a ${screen}`, async () => {
      const peer = await peerOf("street");
      const { page, faults } = await open(peer, "drive", screen);
      const dialog = await lookAt(page, "harbour.jpg");
      await dialog.getByText("Layer 3 of 3: bit-exact").waitFor();
      peer.world.looks.length = 0;
      for (const value of [30, 20, 12, 5]) await slideTo(dialog, value);
      await dialog.getByText("If only 5 of 40 fragments survived: layer 1 of 3").waitFor();
      expect(peer.world.looks.at(-1)).toEqual({ survivors: "5" });
      expect(peer.world.looks.length).toBeLessThan(4);
      await picture(page, `look-survivors-${screen}`);
      await slideTo(dialog, 12);
      await dialog.getByText("12 of 40 fragments survived: layers 1 to 2 of 3").waitFor();
      await slideTo(dialog, 2);
      await dialog.getByText("If only 2 of 40 fragments survived: nothing").waitFor();
      expect(await dialog.locator("img").count()).toBe(0);
      await picture(page, `look-nothing-${screen}`);
      const asked = peer.world.looks.length;
      await slideTo(dialog, 40);
      await dialog.getByText("Layer 3 of 3: bit-exact").waitFor();
      expect(peer.world.looks.length).toBe(asked);
      expect(await overflow(page)).toBe(0);
      expect(faults.filter((fault) => !fault.includes("503"))).toEqual([]);
    });
  }

  test("the slider moves by keyboard and tells where it stands", async () => {
    const { page } = await open(await peerOf("street"), "drive");
    const dialog = await lookAt(page, "harbour.jpg");
    await dialog.getByText("bit-exact").waitFor();
    const slider = dialog.getByRole("slider");
    await slider.focus();
    await page.keyboard.press("Home");
    expect(await slider.getAttribute("aria-valuetext")).toBe("only 1 of 40 fragments");
    await page.keyboard.press("ArrowRight");
    expect(await slider.getAttribute("aria-valuetext")).toBe("only 2 of 40 fragments");
    await page.keyboard.press("End");
    expect(await slider.getAttribute("aria-valuetext")).toBe("all 40 fragments");
  });

  test("what is not all there stays soft and says so", async () => {
    const peer = await peerOf("street");
    peer.world.objects = [objectOf(5, "torn.jpg", 12, 5)];
    const { page, faults } = await open(peer, "drive");
    await page.getByText("Coarse view only").waitFor();
    const dialog = await lookAt(page, "torn.jpg");
    await dialog.getByText("Layer 2 of 3: all of it, sharper. No more can be shown now").waitFor();
    expect(faults).toEqual([]);
  });

  test("a video shows a picture of it before it is whole", async () => {
    const peer = await peerOf("street");
    peer.world.objects = [objectOf(2, "roof survey.mp4", 12, 6)];
    const { page, faults } = await open(peer, "drive");
    const dialog = await lookAt(page, "roof survey.mp4");
    await dialog.getByText("Layer 1 of 2: a picture of it").waitFor();
    const size = await dialog.locator("video").evaluate((element) => {
      const video = element as HTMLVideoElement;
      return [video.videoWidth, video.videoHeight, video.readyState >= 2];
    });
    expect(size).toEqual([64, 36, true]);
    expect(await dialog.locator("video").getAttribute("aria-label")).toBe("roof survey.mp4");
    await picture(page, "look-video-laptop");
    expect(faults).toEqual([]);
  });

  test("texts are texts, and a file without a preview says what to do", async () => {
    const peer = await peerOf("street");
    const { page } = await open(peer, "drive");
    const text = await lookAt(page, "old-notes.txt");
    await text.getByText("First lines <b>as they are</b>").waitFor();
    await text.getByText("Layer 1 of 2: the most important part").waitFor();
    await page.keyboard.press("Escape");
    const sound = await lookAt(page, "choir-2026-06.flac");
    await sound.getByText("There is nothing to show of a sound. Download it.").waitFor();
    await picture(page, "look-bare-laptop");
    await page.keyboard.press("Escape");
    peer.world.objects = [objectOf(6, "gone.txt", 2, 2)];
    peer.hub.emit("object-changed", { link: peer.world.objects[0]?.link ?? "" });
    const gone = await lookAt(page, "gone.txt");
    await gone.getByText("Only 2 fragments answer, the first layer takes 3.").waitFor();
    await page.getByText("Not readable now", { exact: true }).waitFor();
    peer.world.objects = [{ ...objectOf(6, "gone.txt", 40, 2) }];
    await gone.getByRole("button", { name: "Try again" }).click();
    await gone.getByText("Layer 2 of 2: bit-exact").waitFor();
  });

  test("somebody else's object is looked at by its link", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, "drive", "phone");
    await page.getByLabel("Open a link").fill("peernet:invite/abc");
    const look = page.locator(".open-link").getByRole("button", { name: "Look" });
    await look.click();
    await page.getByText("This is an invite").waitFor();
    await page.getByLabel("Open a link").fill(peer.world.objects[4]?.link ?? "");
    await look.click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Layer 3 of 3: bit-exact").waitFor();
    expect(await dialog.getByRole("slider").count()).toBe(0);
    await dialog.getByRole("button", { name: "Look after it" }).click();
    await dialog.getByRole("button", { name: "In your drive" }).waitFor();
    expect(peer.world.objects.at(-1)?.name).toBe("theirs.jpg");
    expect(await tooSmall(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    expect(faults).toEqual([]);
  });

  test("a folder shows what is in it", async () => {
    const peer = await peerOf("street");
    peer.world.objects = [{ ...objectOf(8, "trip", 8, 6), mediaType: FOLDER_MEDIA_TYPE }];
    const { page, faults } = await open(peer, "drive", "phone");
    const dialog = await lookAt(page, "trip");
    await dialog.getByText("7 files, 9.0 kB, the first 3 of them").waitFor();
    await dialog.getByText("<script>globalThis.broken = true</script>").waitFor();
    await dialog.getByText("Layer 1 of 2: what is in it").waitFor();
    await picture(page, "look-folder-phone");
    expect(await overflow(page)).toBe(0);
    await page.keyboard.press("Escape");
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download" }).click();
    expect((await saved).suggestedFilename()).toBe("trip.tar");
    expect(faults).toEqual([]);
  });

  for (const scheme of ["light", "dark"] as const) {
    test(`a hostile page is text in a frame that can do nothing, ${scheme}`, async () => {
      const peer = await peerOf("street");
      peer.world.objects = [objectOf(7, "news.html", 40, 6)];
      const { page, faults } = await open(peer, "drive", "laptop", scheme);
      const dialog = await lookAt(page, "news.html");
      const frame = dialog.locator("iframe");
      await frame.contentFrame().getByText("The ferry runs again").waitFor();
      await frame.contentFrame().getByText("Timetable").click();
      await page.waitForTimeout(300);
      await picture(page, `look-page-${scheme}`);
      expect(await frame.getAttribute("sandbox")).toBe("");
      expect(await page.evaluate("globalThis.broken")).toBeUndefined();
      expect(page.frames()).toHaveLength(2);
      expect(page.frames()[1]?.url()).toBe("about:srcdoc");
      const source = (await frame.getAttribute("srcdoc")) ?? "";
      expect(source).toContain("From <b>Monday</b> on");
      expect(source).toContain("The ferry");
      expect(source).not.toMatch(/script|style|example\.com|onerror|onload|href|<img/);
      // Chromium tells that it did not apply them where they are read, before they are taken out.
      const unapplied = /inline (style|event handler) violates|(style|script)-src-attr inline$/;
      expect(faults.filter((fault) => !unapplied.test(fault))).toEqual([]);
    });
  }

  test("how files are kept is chosen, sent and remembered", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, "drive", "phone");
    const put = async (name: string): Promise<Record<string, string> | undefined> => {
      const before = peer.world.puts.length;
      const file = { name, mimeType: "image/jpeg", buffer: Buffer.from("bytes") };
      await page.locator("input[type=file]").setInputFiles(file);
      await expect.poll(() => peer.world.puts.length).toBe(before + 1);
      return peer.world.puts.at(-1);
    };
    const usual = { name: "a.jpg", type: "image/jpeg", layers: "gentle", code: "default" };
    expect(await put("a.jpg")).toEqual(usual);
    await page.getByText("gentle, neighbourhood").click();
    await page.getByLabel("When much is lost").selectOption("Rich");
    await page.getByText("Photos stay good").waitFor();
    await page.getByLabel("Spread over").selectOption("Few peers");
    expect(await tooSmall(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    await picture(page, "put-choices-phone");
    expect(await put("b.jpg")).toEqual({ ...usual, name: "b.jpg", layers: "rich", code: "home" });
    await page.reload();
    await page.getByText("rich, few peers").waitFor();
    expect(await put("c.jpg")).toEqual({ ...usual, name: "c.jpg", layers: "rich", code: "home" });
    expect(faults).toEqual([]);
  });

  test("each object says which layers it has, what they take and what is wrong", async () => {
    const { page, faults } = await open(await peerOf("street"), "drive");
    const notes = page.locator(".object").filter({ hasText: "old-notes.txt" });
    const layers = notes.getByRole("list", { name: "Layers" }).getByRole("listitem");
    await layers.first().waitFor();
    expect(await layers.allTextContents()).toEqual([
      "Preview any 3 of 40, readable",
      "Bit-exact any 20 of 40, not readable now",
    ]);
    await notes.getByText("Coarse view only").waitFor();
    await notes.getByText("24 more can be made").waitFor();
    await notes.getByText("Bring back peers that kept some").waitFor();
    expect(faults).toEqual([]);
  });
});
