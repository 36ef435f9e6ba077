import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { openWatched, picture, SCREENS } from "./browser.ts";
import { NO_STAGE, setRealStage } from "./real-stage.ts";
import { overflow, tooSmall } from "./stage.ts";

const stage = setRealStage("Anna", "Ben");

/** Both write, answer and send a file; what each page says about the other is what is so. */
async function talk(anna: Page, ben: Page): Promise<void> {
  await anna.getByRole("link", { name: "Messages" }).click();
  const field = anna.getByLabel("Message to Choir");
  await field.fill("Rehearsal at <b>eight</b>?");
  await field.press("Enter");
  const asked = anna.locator(".bubble").filter({ hasText: "Rehearsal at" });
  await asked.getByRole("button", { name: "with the other member" }).waitFor({ timeout: 60_000 });
  // Ben looks at another page meanwhile, and sees that something is unread.
  await ben.locator(".navigation [data-view=groups]").getByText("1 unread").waitFor();
  await picture(ben, "group-unread-real-phone");
  await ben.getByRole("link", { name: "Messages" }).click();
  const heard = ben.locator(".bubble").filter({ hasText: "Rehearsal at <b>eight</b>?" });
  await heard.locator(".author").getByText("Anna").waitFor();
  await ben.locator(".navigation .badge").waitFor({ state: "detached" });
  await heard.getByRole("button", { name: "Answer" }).click();
  await ben.getByLabel("Message to Choir").fill("Yes, here is the score");
  await ben.getByLabel("Message to Choir").press("Enter");
  const answer = anna.locator(".bubble").filter({ hasText: "Yes, here is the score" });
  await answer.locator(".quote").getByText("Rehearsal at").waitFor({ timeout: 60_000 });
  await answer.locator(".author").getByText("Ben").waitFor();

  const score = { name: "score.txt", mimeType: "text/plain", buffer: Buffer.from("do re mi") };
  await ben.locator(".composer input[type=file]").setInputFiles(score);
  const file = anna.locator(".bubble").filter({ hasText: "score.txt" });
  await file.getByRole("button", { name: "Look" }).click({ timeout: 60_000 });
  await anna.getByRole("dialog").getByText("do re mi").waitFor({ timeout: 60_000 });
  await anna.keyboard.press("Escape");
  await picture(ben, "group-chat-real-phone");
  expect(await overflow(ben)).toBe(0);
}

describe.skipIf(NO_STAGE !== undefined)("groups in the console", { timeout: 300_000 }, () => {
  test("found, invite, join, roles, folder, take back, remove, leave", async () => {
    const [first, second] = [stage.daemon(0), stage.daemon(1)];
    const anna = await openWatched(stage.browser(), `${first.consoleUrl}&view=groups`, {
      viewport: SCREENS.laptop,
    });
    const ben = await openWatched(stage.browser(), `${second.consoleUrl}&view=groups`, {
      viewport: SCREENS.phone,
    });
    await ben.page.getByText("No groups yet").waitFor();
    await picture(ben.page, "empty-groups-phone");
    await anna.page.getByRole("button", { name: "Found a group" }).click();
    await anna.page.getByLabel("What it is called").fill("Choir");
    await anna.page.getByRole("button", { name: "Found it" }).click();
    await anna.page.getByRole("heading", { name: "Choir" }).waitFor();
    await anna.page.getByText("Nobody else is in yet").waitFor();
    await anna.page.getByRole("link", { name: "About this group" }).click();

    await anna.page.getByRole("button", { name: "Invite" }).click();
    await anna.page.getByLabel("How many people").fill("2");
    await anna.page.getByRole("button", { name: "Make the link" }).click();
    await anna.page.getByRole("img", { name: "The invite as a QR code" }).waitFor();
    await picture(anna.page, "group-invite-laptop");
    const link = await anna.page.getByLabel("Invite link").inputValue();
    await anna.page.keyboard.press("Escape");
    await anna.page.getByText("0 of 2 used, as member").waitFor();

    await ben.page.getByRole("button", { name: "Join by link" }).click();
    await ben.page.getByLabel("The link you were given").fill(link);
    await ben.page.getByRole("button", { name: "Join", exact: true }).click();
    await ben.page.getByRole("link", { name: "About this group" }).click({ timeout: 60_000 });
    const members = ben.page.getByRole("region", { name: "Members" });
    await members.getByText("owner").waitFor({ timeout: 60_000 });
    await picture(ben.page, "group-phone");
    expect(await overflow(ben.page)).toBe(0);
    expect(await tooSmall(ben.page)).toEqual([]);
    expect(await members.getByRole("button").count()).toBe(0);

    const row = anna.page.locator(".line").filter({ hasText: "added by Anna" });
    await row.getByRole("button", { name: "Make admin" }).click();
    await members.getByText("admin").waitFor({ timeout: 60_000 });
    await anna.page.getByRole("button", { name: "Make a folder for the group" }).click();
    await anna.page.getByRole("link", { name: "Open the group's folder" }).waitFor();
    await picture(anna.page, "group-laptop");
    await ben.page
      .getByRole("link", { name: "Open the group's folder" })
      .click({ timeout: 60_000 });
    await ben.page.getByRole("heading", { name: "Choir" }).waitFor();
    await ben.page.goBack();

    await talk(anna.page, ben.page);
    await anna.page.getByRole("link", { name: "About this group" }).click();

    await anna.page.getByRole("button", { name: "Take back" }).click();
    await anna.page.getByText("of 2 used").waitFor({ state: "detached" });
    await row.getByRole("button", { name: "Remove" }).click();
    await anna.page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await row.waitFor({ state: "detached" });
    await anna.page.getByRole("button", { name: "Leave" }).click();
    await picture(anna.page, "group-leave-laptop");
    await anna.page.keyboard.press("Escape");
    expect(anna.faults).toEqual([]);
    expect(ben.faults).toEqual([]);
  });
});
