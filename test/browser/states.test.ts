import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ApiError } from "../../src/api/errors.ts";
import { EventHub } from "../../src/api/event-hub.ts";
import { route } from "../../src/api/route.ts";
import { type ApiServer, startApiServer } from "../../src/api/server.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";
import { root } from "../tidy/tree.ts";
import { openWatched, picture, SCREENS, SKIPPED } from "./browser.ts";
import { TOKEN } from "./fake-api.ts";
import { idOf } from "./fake-data.ts";
import { overflow, setStage } from "./stage.ts";

const { peerOf, open, browser } = setStage();

const VIEWS = [
  ...["map", "people", `people&with=${idOf(1)}`, "groups", "drive", `drive&folder=${idOf(2)}`],
  ...["status", "settings&page=devices", "settings&page=recovery", "settings&page=requests"],
  ...[
    "settings&page=logs",
    "settings&page=space",
    "welcome",
    "money",
    `money&line=${idOf(3)}`,
    "money&page=payments",
  ],
  ...["money&page=requests", "money&page=receipts", "money&page=currencies"],
  ...["money&page=rates", "money&page=automatic", "money&page=communities"],
] as const;

/** What calls of a slow peer wait for. */
class Gate {
  #open: () => void = () => undefined;
  passed: Promise<void> = Promise.resolve();

  shut(): void {
    this.passed = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open();
  }
}

/** A peer whose disk is full, or that is slow: it says so to every call but that for its events. */
function startSickPeer(gate: Gate): Promise<ApiServer> {
  const hub = new EventHub();
  const paths = ["status", "map", "peers", "contacts", "requests", "groups", "folders", "objects"];
  const money = ["lines", "currencies", "requests", "payments", "receipts", "rates", "clearing"];
  const more = ["requests/automatic", "communities"];
  const ofMoney = [...money, ...more].map((path) => `money/${path}`);
  const sick = [...paths, ...ofMoney, "devices", "recovery", "keeping", "doctor", "logs"].map(
    (path) =>
      route({
        ...{ method: "GET", path: `/v1/${path}`, summary: path, answers: "nothing" },
        handle: async () => {
          await gate.passed;
          throw new ApiError(
            "disk-full",
            "The disk is full. Make room, then this goes on by itself.",
          );
        },
      }),
  );
  const events = route({
    ...{ method: "GET", path: "/v1/events", summary: "events", answers: "EventBodies" },
    handle: ({ response }) => {
      hub.attach(response, { peerId: idOf(0) });
      return undefined;
    },
  });
  return startApiServer({
    ...{ routes: [...sick, events], token: TOKEN, port: 0, openPaths: [], log: SILENT_LOG },
    consoleDirectory: join(root, "dist", "console"),
  });
}

const PAGES_AT_A_TIME = 2;

/** A view that waits for the peer, and then says that its disk is full. */
async function seeSick(url: string, view: string, gate: Gate): Promise<void> {
  gate.shut();
  const { page, faults } = await openWatched(browser(), url, { viewport: SCREENS.phone });
  await page.getByText("One moment …").filter({ visible: true }).first().waitFor();
  gate.open();
  const failed = page.getByRole("alert").filter({ visible: true }).first();
  await failed.getByText("The disk is full. Make room").waitFor();
  await failed.getByRole("button", { name: "Try again" }).waitFor();
  expect([view, await overflow(page)]).toEqual([view, 0]);
  await picture(page, `sick-${view.replace(/[^a-z]+/g, "-").slice(0, 24)}-phone`);
  // The browser notes answers with an error status by itself; nothing else is wrong.
  expect(faults.filter((fault) => !fault.includes("Failed to load resource"))).toEqual([]);
  await page.context().close();
}

describe.skipIf(SKIPPED !== undefined)(
  "every view says how things stand",
  { timeout: 180_000 },
  () => {
    test("while the peer takes its time, and when it cannot answer", async () => {
      const waiting = [...VIEWS];
      const look = async (): Promise<void> => {
        const gate = new Gate();
        const server = await startSickPeer(gate);
        const url = `http://127.0.0.1:${server.port}/#token=${TOKEN}`;
        try {
          for (let view = waiting.shift(); view !== undefined; view = waiting.shift()) {
            await seeSick(`${url}&view=${view}`, view, gate);
          }
        } finally {
          gate.open();
          await server.close();
        }
      };
      await Promise.all(Array.from({ length: PAGES_AT_A_TIME }, look));
    });

    test("a page whose peer was upgraded under it says so where its old parts are gone", async () => {
      const { page, faults } = await open(await peerOf("street"), "settings&page=look");
      await page.route(/\/assets\/(german|map-canvas)/, (asked) => asked.abort());
      await page.getByRole("combobox", { name: "Language" }).selectOption("de");
      await page.getByText("This did not work. Reload the page").waitFor();
      await page.getByRole("link", { name: "Around me" }).click();
      await page.getByRole("alert").getByText("This could not be loaded").waitFor();
      await page.unroute(/\/assets\/(german|map-canvas)/);
      await page.getByRole("button", { name: "Try again" }).click();
      await page.locator(".map .peer").first().waitFor();
      expect(faults.filter((fault) => !fault.includes("Failed to load resource"))).toEqual([]);
    });
  },
);
