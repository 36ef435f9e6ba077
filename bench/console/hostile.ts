import { TOKEN } from "../../test/browser/fake-api.ts";
import { COMMUNITY_ID } from "../../test/browser/fake-communities.ts";
import { idOf } from "../../test/browser/fake-data.ts";
import { HOSTILE_STRINGS } from "../../test/browser/hostile-strings.ts";
import { poison } from "../../test/browser/hostile-world.ts";
import { hostileRequests } from "../../test/cli/hostile-requests.ts";
import { sendRaw } from "../../test/cli/raw-http.ts";
import { type BenchRow, benchRow } from "../row.ts";
import { openView, peerIn, withBrowser } from "./page.ts";

const PLACES = [
  ...["map", "people", `people&with=${idOf(1000)}`, "groups", "drive", "status", "money"],
  ...[`money&line=${idOf(6300)}`, "money&page=payments", "money&page=currencies"],
  ...["money&page=rates", "money&page=communities"],
  ...["account", "market", "members", "rules", "stewards"].map(
    (part) => `money&page=communities&community=${COMMUNITY_ID}&part=${part}`,
  ),
] as const;
const LIMIT_MS = 40_000;
/** A slow request is refused by a peer of its own test; here each would take half a minute. */
const isSlow = ({ title }: { readonly title: string }): boolean => title.startsWith("slow ");

/** Texts and requests that would like to be more than that. */
export async function hostileRows(): Promise<BenchRow[]> {
  return [await stringsRow(), await requestsRow()];
}

/** What came alive: faults of the page, and elements that only a text could have made. */
async function stringsRow(): Promise<BenchRow> {
  let alive = 0;
  await withBrowser(async (browser) => {
    const peer = await peerIn("street");
    poison(peer);
    try {
      for (const place of PLACES) {
        const { page, faults } = await openView(browser, peer, place, "phone");
        await page.locator("h1").waitFor({ state: "attached" });
        await page.waitForTimeout(700);
        alive += faults.length;
        alive += await page
          .locator("iframe, object, embed, base, form[action], main style")
          .count();
        alive += (await page.evaluate<boolean>("globalThis.broken !== undefined")) ? 1 : 0;
        await page.context().close();
      }
    } finally {
      await peer.close();
    }
  });
  const note = `${HOSTILE_STRINGS.length} texts as every name, message, file and request of ${PLACES.length} views`;
  return { ...benchRow("console.hostile.strings.alive", alive, ""), note };
}

async function requestsRow(): Promise<BenchRow> {
  const peer = await peerIn("street");
  try {
    const { port } = peer.server;
    const requests = hostileRequests({ port, token: TOKEN }).filter((one) => !isSlow(one));
    const accepted: string[] = [];
    for (const { title, pieces } of requests) {
      const { status } = await sendRaw(port, pieces, { limitMs: LIMIT_MS });
      if (status < 400) accepted.push(`${title}: ${status}`);
    }
    const which = accepted.length === 0 ? "" : `: ${accepted.join("; ")}`;
    const note = `${requests.length} requests; the slow ones are in src/api/hostile.test.ts${which}`;
    return { ...benchRow("console.hostile.http.accepted", accepted.length, ""), note };
  } finally {
    await peer.close();
  }
}
