import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostileRequests } from "../../test/cli/hostile-requests.ts";
import { misjudged } from "../../test/cli/misjudged.ts";
import { sendRaw } from "../../test/cli/raw-http.ts";
import { startDaemon } from "../cli/daemon/daemon.ts";
import { SILENT_LOG } from "../ports/index.ts";
import { schema } from "../wire/index.ts";
import { ApiClient } from "./client/index.ts";
import { JSON_BODY_BYTES_MAX } from "./limits.ts";
import type { Route } from "./route.ts";
import { type ApiServer, startApiServer } from "./server.ts";

const TOKEN = "Some_token-of-32-characters-here";
const TIMEOUT_MS = 400;
/** For the peer that is asked by an honest client meanwhile, on a machine that may be busy. */
const LONG_TIMEOUT_MS = 5_000;
describe("a table of fake routes", () => {
  let folder: string;
  let server: ApiServer;
  let handled = 0;

  function fake(method: Route["method"], path: string, takesBody = false): Route {
    const message = schema.record({ to: schema.text(300), text: schema.text(32_768) });
    const handle = (): { readonly status: number } => {
      handled++;
      return { status: 204 };
    };
    const rest = { summary: path, answers: "nothing", handle };
    const body = takesBody ? { body: message as Route["body"] } : {};
    return { method, path, ...rest, ...body } as Route;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "peernet-api-"));
    const page = join(folder, "console");
    await mkdir(join(page, "assets"), { recursive: true });
    await writeFile(join(folder, "secret.json"), "{}");
    for (const name of ["index.html", ".hidden.json", "assets/.hidden.json", "assets/a.js"]) {
      await writeFile(join(page, name), "page");
    }
    server = await startApiServer({
      routes: [
        ...["/v1/status", "/v1/map", "/v1/peers", "/v1/openapi.json"].map((path) =>
          fake("GET", path),
        ),
        ...["/v1/contacts", "/v1/messages", "/v1/ping"].map((path) => fake("POST", path, true)),
        { ...fake("GET", "/v1/events"), tokenInQuery: true },
        { ...fake("GET", "/v1/objects/{link}"), tokenInQuery: true },
        fake("PUT", "/v1/objects"),
        fake("POST", "/v1/stop"),
      ],
      token: TOKEN,
      port: 0,
      consoleDirectory: page,
      openPaths: ["/v1/openapi.json"],
      log: SILENT_LOG,
      requestTimeoutMs: TIMEOUT_MS,
    });
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("no hostile request gets through", async () => {
    const requests = hostileRequests({ port: server.port, token: TOKEN });
    expect(requests.length).toBeGreaterThanOrEqual(500);
    const wrong = await misjudged(server.port, requests);
    expect(wrong).toEqual([]);
    expect(handled).toBe(0);
  });

  test("what is welcome is let through, by every name of this machine and up to the limit", async () => {
    const { port } = server;
    const known = `authorization: Bearer ${TOKEN}\r\nconnection: close\r\n`;
    const ask = (line: string, headers: string, body = ""): ReturnType<typeof sendRaw> =>
      sendRaw(port, [`${line} HTTP/1.1\r\n${headers}\r\n${body}`]);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
      const headers = `host: ${host}\r\norigin: http://${host}\r\nsec-fetch-site: same-origin\r\n`;
      const answer = await ask("GET /v1/status", headers + known);
      expect([host, answer.status]).toEqual([host, 204]);
      const events = `GET /v1/events?token=${TOKEN}`;
      expect((await ask(events, `${headers}connection: close\r\n`)).status).toBe(204);
      const page = await ask("GET /", `${headers}connection: close\r\n`);
      expect([page.status, page.body]).toEqual([200, "page"]);
      expect(page.headers).toContain("frame-ancestors 'none'");
    }
    const message = '{"to":"anna","text":"x"}'.padEnd(JSON_BODY_BYTES_MAX);
    const typed = "content-type: Application/JSON; charset=utf-8\r\n";
    const headers = `host: 127.0.0.1:${port}\r\n${known}${typed}`;
    const sized = `${headers}content-length: ${message.length}\r\n`;
    expect((await ask("POST /v1/messages", sized, message)).status).toBe(204);
    const expecting = `${sized}expect: something\r\n`;
    expect((await ask("POST /v1/messages", expecting, message)).status).toBe(204);
  });

  test("a refused upload still hears why, however much it sends", async () => {
    // With the usual limit: sender and server share this process, and 30 MB may keep it from
    // reading the head for longer than TIMEOUT_MS, which then is too late (408).
    const patient = await startApiServer({
      ...{ routes: [fake("PUT", "/v1/objects")], token: TOKEN, port: 0, openPaths: [] },
      ...{ consoleDirectory: folder, log: SILENT_LOG },
    });
    const refused = await fetch(`http://127.0.0.1:${patient.port}/v1/objects?name=x`, {
      method: "PUT",
      body: new Uint8Array(30_000_000),
    });
    expect(refused.status).toBe(401);
    await refused.body?.cancel();
    await patient.close();
  });

  test("a port that is taken is told by name", async () => {
    const again = startApiServer({
      ...{ routes: [], token: TOKEN, port: server.port, consoleDirectory: folder, openPaths: [] },
      log: SILENT_LOG,
    });
    await expect(again).rejects.toMatchObject({ code: "conflict" });
    await expect(again).rejects.toThrow(`Port ${server.port} is in use`);
  });
});

describe("a real peer", () => {
  test("nothing of it changes by hostile requests", async () => {
    const home = await mkdtemp(join(tmpdir(), "peernet-api-"));
    const daemon = await startDaemon({
      ...{ home, name: "target", listen: ["tcp://127.0.0.1:0"], links: [], udpPort: 0 },
      ...{ apiPort: 0, quotaBytes: 1_000_000, discovery: false, onWarning: () => undefined },
      requestTimeoutMs: LONG_TIMEOUT_MS,
    });
    try {
      const client = new ApiClient(daemon);
      const kept = await client.putObject("kept", new Uint8Array(1_000));
      const before = await stateOf(client);
      const port = Number(new URL(daemon.url).port);
      const wrong = await misjudged(port, hostileRequests({ port, token: daemon.token }));
      expect(wrong).toEqual([]);
      expect(await stateOf(client)).toEqual(before);
      const bytes = await (await client.getObject(kept.link)).arrayBuffer();
      expect(bytes.byteLength).toBe(1_000);
    } finally {
      daemon.stop();
      expect(await daemon.ended).toBeUndefined();
      await rm(home, { recursive: true, force: true });
    }
  });

  async function stateOf(client: ApiClient): Promise<unknown> {
    const { name, neighbourCount, contactCount, messagesWaiting, store } = await client.status();
    const [contacts, objects] = await Promise.all([client.contacts(), client.objects()]);
    const { messages } = await client.messages({});
    const counts = { name, neighbourCount, contactCount, messagesWaiting, store };
    return { ...counts, contacts, objects, messages };
  }
});
