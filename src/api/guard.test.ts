import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SILENT_LOG } from "../ports/index.ts";
import { route } from "./route.ts";
import { type ApiServer, startApiServer } from "./server.ts";

let server: ApiServer;

beforeAll(async () => {
  const handle = () => ({ status: 200, json: {} });
  server = await startApiServer({
    routes: [route({ method: "GET", path: "/v1/thing", summary: "", answers: "", handle })],
    token: "right",
    port: 0,
    consoleDirectory: "console",
    openPaths: [],
    log: SILENT_LOG,
  });
});

afterAll(() => server.close());

/** The status of a GET with these headers, sent as a browser would. */
function get(path: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request({ host: "127.0.0.1", port: server.port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on("error", reject);
    call.end();
  });
}

const NAVIGATION = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
const FROM_ELSEWHERE = { "sec-fetch-site": "cross-site" };
const AUTHORIZED = { authorization: "Bearer right" };

describe("a browser coming from another site", () => {
  test("may bring a person to the page", async () => {
    expect(await get("/", { ...NAVIGATION, ...FROM_ELSEWHERE })).toBe(200);
  });

  test.each([
    ["load the page into a frame", { ...NAVIGATION, "sec-fetch-dest": "iframe" }],
    ["fetch the page", { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }],
    ["load it as a script", { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script" }],
  ])("may not %s", async (_what, headers) => {
    expect(await get("/", { ...headers, ...FROM_ELSEWHERE })).toBe(403);
  });

  test("may not navigate into the API, even with the token", async () => {
    const headers = { ...NAVIGATION, ...FROM_ELSEWHERE, ...AUTHORIZED };
    expect(await get("/v1/thing", headers)).toBe(403);
    expect(await get("/v1/thing", AUTHORIZED)).toBe(200);
  });

  test("may not navigate under another name", async () => {
    expect(await get("/", { ...NAVIGATION, host: "evil.example" })).toBe(403);
  });
});
