import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { picture, SKIPPED } from "./browser.ts";
import { idOf } from "./fake-data.ts";
import { PAY_LINK, RECEIPT_LINK } from "./fake-money.ts";
import { overflow, setStage, squeezed, tooSmall } from "./stage.ts";

const { peerOf, open } = setStage();

const LINE = `money&line=${idOf(6300)}`;

/** Every place of the view, with a text that proves that it is there. */
const PLACES: Readonly<Record<string, string>> = {
  money: "Miriam offers you a line",
  [LINE]: "Anna owes you 12.50 hours",
  "money&page=payments": "3.00 hours to Oma",
  "money&page=requests": "not paid yet",
  "money&page=receipts": "You paid Miriam 7.25 hours",
  "money&page=currencies": "which looks like it",
};

const dialogOf = (page: Page) => page.getByRole("dialog");

describe.skipIf(SKIPPED !== undefined)("money in a browser", () => {
  for (const screen of ["phone", "laptop"] as const) {
    for (const scheme of ["light", "dark"] as const) {
      test(`every page fits and says what it should, on a ${screen}, ${scheme}`, async () => {
        const peer = await peerOf("street");
        for (const [place, text] of Object.entries(PLACES)) {
          const { page, faults } = await open(peer, place, screen, scheme);
          await page.getByRole("main").getByText(text).filter({ visible: true }).first().waitFor();
          const name = place === LINE ? "money-line" : place.replace(/[^a-z]+/g, "-");
          await picture(page, `${name}-${screen}-${scheme}`);
          expect([place, await overflow(page)]).toEqual([place, 0]);
          expect([place, await squeezed(page)]).toEqual([place, []]);
          if (screen === "phone") expect([place, await tooSmall(page)]).toEqual([place, []]);
          expect(faults).toEqual([]);
          await page.context().close();
        }
      });
    }
  }
});
