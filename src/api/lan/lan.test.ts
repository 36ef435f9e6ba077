import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hostileOnLan } from "../../../test/cli/hostile-lan.ts";
import { hostileRequests } from "../../../test/cli/hostile-requests.ts";
import { misjudged } from "../../../test/cli/misjudged.ts";
import { sendRaw } from "../../../test/cli/raw-http.ts";
import { utf8 } from "../../base/bytes.ts";
import { SILENT_LOG } from "../../ports/index.ts";
import { MemoryRecordStore } from "../../simulation/memory-disk.ts";
import type { ApiContext } from "../context.ts";
import { loopbackDoor } from "../door.ts";
import {
  LAN_BROWSERS_MAX,
  LAN_CERTIFICATE_LIFE_MS,
  LAN_CERTIFICATE_RENEW_MS,
  LAN_CODE_LIFE_MS,
  LAN_CODES_MAX,
  LAN_CONNECTIONS_MAX,
} from "../limits.ts";
import { routesOf } from "../routes/all.ts";
import { startApiServer } from "../server.ts";
import { FOR_BROWSERS, isForBrowsers } from "./access.ts";
import { PairedBrowsers } from "./browsers.ts";
import { makeCertificate } from "./certificate.ts";
import { LanConsole } from "./lan.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((infos) =>
  infos?.some(({ address }) => address === "::1"),
);
const START_MS = Date.UTC(2026, 5, 1);
const TIMEOUT_MS = 1_500;

let folder: string;
let records: MemoryRecordStore;
let nowMs: number;
let handled: number;
const open: LanConsole[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "peernet-lan-"));
  await writeFile(join(folder, "index.html"), "page");
  records = newRecords();
  nowMs = START_MS;
  handled = 0;
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  await rm(folder, { recursive: true, force: true });
});

function newRecords(): MemoryRecordStore {
  return new MemoryRecordStore({ schedule: (work) => queueMicrotask(work) });
}

/** A door with the peer's whole table, of which only calls about the door itself do something. */
async function start(addresses: readonly string[] = ["127.0.0.1"]): Promise<LanConsole> {
  const lan = await LanConsole.load({
    ...{ records, log: SILENT_LOG, consoleDirectory: folder, addresses: () => addresses },
    ...{ nowMs: () => nowMs, requestTimeoutMs: TIMEOUT_MS, meshAddress: "fd12::1" },
  });
  const routes = routesOf({ version: "1", lan } as unknown as ApiContext).map((route) => {
    if (route.path.startsWith("/v1/lan")) return route;
    const handle = (): { readonly status: number } => {
      handled++;
      return { status: 204 };
    };
    const { upgrade: _, ...rest } = route;
    return { ...rest, handle };
  });
  await lan.start(routes);
  open.push(lan);
  return lan;
}

const codeOf = (links: readonly string[]): string => links[0]?.split("#pair=")[1] ?? "";

interface Answer {
  readonly status: number;
  readonly body: string;
}

function ask(
  port: number,
  path: string,
  options: {
    token?: string;
    host?: string;
    method?: string;
    body?: string;
    headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Answer> {
  const { token, host = "127.0.0.1", method = "GET", body } = options;
  const headers = {
    ...options.headers,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  return new Promise((resolve, reject) => {
    const call = { host, port, path, method, headers, rejectUnauthorized: false, agent: false };
    const sent = request(call, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    sent.on("error", reject).end(body);
  });
}

async function pair(lan: LanConsole, name: string): Promise<string> {
  const code = codeOf(lan.links().links);
  const body = JSON.stringify({ code, name });
  const answer = await ask(lan.openPort, "/v1/lan/pair", { method: "POST", body });
  expect(answer.status).toBe(201);
  return (JSON.parse(answer.body) as { token: string }).token;
}

describe("the console on the local network", () => {
  test("ends connections that never shake hands, so that they do not fill it", async () => {
    const lan = await start();
    const { port } = await lan.set(true, 0);
    const hello = Buffer.from("160301020001", "hex");
    const ends = [new Uint8Array(), hello, utf8("GET / HTTP/1.1\r\n\r\n")].map(
      (bytes) =>
        new Promise<string>((resolve) => {
          const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
          socket.on("error", () => undefined).on("close", () => resolve("closed"));
        }),
    );
    expect(await Promise.all(ends)).toEqual(["closed", "closed", "closed"]);
  });

  test("is off until asked for; pairs by a code once; stays as it was after a restart", async () => {
    const first = await start();
    expect(first.body()).toMatchObject({ isOpen: false, port: 0, fingerprint: "", browsers: [] });
    expect(() => first.links()).toThrow("Open it first");
    const { port } = await first.set(true, 0);
    expect((await ask(port, "/")).body).toBe("page");
    const token = await pair(first, "Anna's phone");
    expect((await ask(port, "/v1/status", { token })).status).toBe(204);
    // The address at which it is asked is the one that it may be asked by.
    expect((await ask(port, "/v1/status", { token, host: "127.0.0.2" })).status).toBe(204);
    const before = first.body();
    nowMs += 60_000;
    expect((await ask(port, "/v1/map", { token })).status).toBe(204);
    await first.close();

    const second = await start();
    expect(second.body()).toMatchObject({ isOpen: true, port, fingerprint: before.fingerprint });
    expect(second.body().browsers).toMatchObject([
      { name: "Anna's phone", addedAtMs: START_MS, seenAtMs: START_MS + 60_000 },
    ]);
    expect((await ask(port, "/v1/status", { token })).status).toBe(204);
    expect((await second.set(false, 0)).isOpen).toBe(false);
    await expect(ask(port, "/v1/status", { token })).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
    expect((await start()).body()).toMatchObject({ isOpen: false, port });
  });

  test.skipIf(!hasIpv6)("answers IPv6 too, by the address itself", async () => {
    const lan = await start(["127.0.0.1", "fd00::2", "fe80::1%eth0", "203.0.113.9"]);
    const { port } = await lan.set(true, 0);
    const token = await pair(lan, "phone");
    expect((await ask(port, "/v1/status", { token, host: "::1" })).status).toBe(204);
    const named = { token, host: "::1", headers: { host: `127.0.0.1:${port}` } };
    expect((await ask(port, "/v1/status", named)).status).toBe(403);
    const places = lan.links().links.map((link) => new URL(link).host);
    expect(places).toEqual([`127.0.0.1:${port}`, `[fd00::2]:${port}`]);
  });

  test("a removed browser is let in no more, and its open connections end", async () => {
    const lan = await start();
    const { port } = await lan.set(true, 0);
    const [kept, lost] = [await pair(lan, "kept"), await pair(lan, "lost")];
    const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
    const head = `GET /v1/status HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n`;
    socket.write(`${head}authorization: Bearer ${lost}\r\n\r\n`);
    await new Promise((resolve) => socket.once("data", resolve));
    const { browsers } = lan.body();
    expect(browsers.map(({ name, isConnected }) => [name, isConnected])).toEqual([
      ["kept", false],
      ["lost", true],
    ]);
    const ended = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => undefined);
    await lan.remove(browsers[1]?.id ?? "");
    await ended;
    expect((await ask(port, "/v1/status", { token: lost })).status).toBe(401);
    expect((await ask(port, "/v1/status", { token: kept })).status).toBe(204);
    await expect(lan.remove("nobody")).rejects.toMatchObject({ code: "not-found" });
  });

  test("a browser of this machine has a token that is good there, and there alone", async () => {
    const lan = await start();
    const { port } = await lan.set(true, 0);
    const { token } = await lan.addHere(" App ");
    const phone = await pair(lan, "phone");
    const server = await startApiServer({
      ...{ routes: routesOf({ version: "1", lan } as unknown as ApiContext), token: "master" },
      ...{ port: 0, consoleDirectory: folder, openPaths: [], log: SILENT_LOG },
      admits: (shown, socket) => lan.admitsHere(shown, socket),
    });
    const here = async (shown: string): Promise<number> => {
      const headers = { authorization: `Bearer ${shown}` };
      const url = `http://127.0.0.1:${server.port}/v1/lan`;
      return (await fetch(url, { headers })).status;
    };
    expect([await here(token), await here("master")]).toEqual([200, 200]);
    expect([await here(phone), await here("")]).toEqual([401, 401]);
    expect((await ask(port, "/v1/status", { token })).status).toBe(401);
    expect(lan.body().browsers.map(({ name, isHere }) => [name, isHere])).toEqual([
      ["App", true],
      ["phone", false],
    ]);
    await lan.remove(lan.body().browsers[0]?.id ?? "");
    expect(await here(token)).toBe(401);
    await server.close();
  });

  test("nothing hostile gets through, of the usual kind and of that of local networks", async () => {
    const lan = await start();
    const { port } = await lan.set(true, 0);
    const oldCode = codeOf(lan.links().links);
    nowMs += LAN_CODE_LIFE_MS;
    const usedCode = codeOf(lan.links().links);
    const { token } = await lan.pair(usedCode, "phone");
    const { token: revoked } = await lan.pair(codeOf(lan.links().links), "lost");
    await lan.remove(lan.body().browsers[1]?.id ?? "");
    const before = lan.body();
    const target = { port, token, scheme: "https" } as const;
    const more = { revoked, master: "M".repeat(32), usedCode, oldCode };
    const usual = hostileRequests(target);
    const own = hostileOnLan({ ...target, ...more });
    expect([usual.length >= 500, own.length >= 90]).toEqual([true, true]);
    // A paired browser may not stop the peer, dial or change the machine: 403 comes before the rest.
    expect(await misjudged(port, [...usual, ...own], { isTls: true })).toEqual([]);
    expect(handled).toBe(0);
    const { seenAtMs: _, ...browser } = before.browsers[0] ?? { seenAtMs: 0 };
    expect(lan.body().browsers).toMatchObject([{ ...browser, isConnected: expect.any(Boolean) }]);
  });

  test("who does not speak TLS hears nothing, and who comes from afar is not let in", async () => {
    const lan = await start();
    const { port } = await lan.set(true, 0);
    const plain = await sendRaw(port, [`GET / HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`]);
    expect([plain.status, plain.ended]).toEqual([0, true]);
    expect(lan.body().addresses).toEqual(["127.0.0.1"]);
    const far = await start(["203.0.113.7", "192.168.1.5"]);
    expect(far.body().addresses).toEqual(["192.168.1.5"]);
  });

  test("a connection between addresses that are not near is ended before anything is said", async () => {
    const { key, certificate } = makeCertificate({
      ...{ name: "x", addresses: [], serial: Uint8Array.of(1) },
      ...{ beginsAtMs: START_MS, endsAtMs: START_MS + 1_000 },
    });
    const asked: string[] = [];
    const isNear = (local: string, remote: string): boolean => {
      asked.push(`${local} ${remote}`);
      return false;
    };
    const server = await startApiServer({
      ...{ routes: [], token: "", port: 0, consoleDirectory: folder, openPaths: [] },
      ...{ log: SILENT_LOG, lan: { door: loopbackDoor(""), key, certificate, isNear } },
    });
    await expect(ask(server.port, "/")).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(asked.map((text) => text.replaceAll("::ffff:", ""))).toEqual(["127.0.0.1 127.0.0.1"]);
    await server.close();
  });

  test("a port that is taken is told and can be changed; the certificate is renewed in time", async () => {
    const lan = await start();
    const { port, fingerprint } = await lan.set(true, 0);
    records = newRecords();
    const other = await start();
    await expect(other.set(true, port)).rejects.toThrow(`Port ${port} is in use`);
    expect(other.body().isOpen).toBe(false);
    const moved = await lan.set(true, (await other.set(true, 0)).port === port ? 0 : port);
    expect(moved).toMatchObject({ port, fingerprint });
    nowMs += LAN_CERTIFICATE_LIFE_MS - LAN_CERTIFICATE_RENEW_MS - 2 * 86_400_000;
    await lan.set(false, 0);
    expect((await lan.set(true, 0)).fingerprint).toBe(fingerprint);
    nowMs += 2 * 86_400_000;
    await lan.set(false, 0);
    const renewed = await lan.set(true, 0);
    expect(renewed.fingerprint).not.toBe(fingerprint);
    expect(renewed.certificateEndsAtMs).toBe(nowMs - 86_400_000 + LAN_CERTIFICATE_LIFE_MS);
    // A clock that was ten years ahead is put right.
    nowMs -= 10 * 365 * 86_400_000;
    await lan.set(false, 0);
    const righted = await lan.set(true, 0);
    expect(righted.certificateEndsAtMs).toBe(nowMs - 86_400_000 + LAN_CERTIFICATE_LIFE_MS);
    // What a start has renewed is kept at once: a process that is killed comes back with it.
    await other.close();
    const begun = (await start()).body();
    expect(begun.isOpen).toBe(true);
    expect((await start()).body().fingerprint).toBe(begun.fingerprint);
  });

  test("what a newer Peernet wrote stays as it is, and the door closed", async () => {
    const value = utf8(JSON.stringify({ v: 2, isOpen: true, port: 1 }));
    await new Promise<void>((resolve) => {
      records.write([{ key: "lan-door", value }], () => resolve());
    });
    const lan = await start();
    expect(lan.body()).toMatchObject({ isOpen: false });
    expect(lan.body().trouble).toContain("newer Peernet");
    await expect(lan.set(true, 0)).rejects.toMatchObject({ code: "conflict" });
    await lan.close();
    const kept = await new Promise<string>((resolve) => {
      records.scan("lan-door", (_error, found) =>
        resolve(String(Buffer.from(found[0]?.value ?? []))),
      );
    });
    expect(JSON.parse(kept)).toEqual({ v: 2, isOpen: true, port: 1 });
  });

  test(`${LAN_CONNECTIONS_MAX} connections at once, and not one more`, async () => {
    const lan = await start();
    const { port } = await lan.set(true, 0);
    const sockets: TLSSocket[] = [];
    const dial = (): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
        sockets.push(socket);
        socket.once("secureConnect", () => resolve(true));
        socket.once("close", () => resolve(false)).on("error", () => undefined);
      });
    const first = await Promise.all(Array.from({ length: LAN_CONNECTIONS_MAX }, dial));
    expect(first.every((isOpen) => isOpen)).toBe(true);
    expect(await dial()).toBe(false);
    for (const socket of sockets) socket.destroy();
  });
});

describe("paired browsers", () => {
  test("a code is good once, until its time is over, and only so many are", () => {
    const browsers = new PairedBrowsers(() => nowMs, []);
    const { code, expiresAtMs } = browsers.makeCode();
    expect(expiresAtMs).toBe(nowMs + LAN_CODE_LIFE_MS);
    const { token, browser } = browsers.pair(code, "phone");
    expect(browsers.find(token, false)).toMatchObject({ id: browser.id, name: "phone" });
    expect(browsers.find(token, true)).toBeUndefined();
    expect(browsers.find(browser.hash, false)).toBeUndefined();
    expect(() => browsers.pair(code, "again")).toThrow("not good any more");
    const late = browsers.makeCode().code;
    nowMs += LAN_CODE_LIFE_MS - 1;
    expect(browsers.pair(late, "in time").browser.name).toBe("in time");
    const later = browsers.makeCode().code;
    nowMs += LAN_CODE_LIFE_MS;
    expect(() => browsers.pair(later, "too late")).toThrow("not good any more");
    const codes = Array.from({ length: LAN_CODES_MAX + 1 }, () => browsers.makeCode().code);
    expect(() => browsers.pair(codes[0] ?? "", "first")).toThrow("not good any more");
    expect(browsers.pair(codes[1] ?? "", "second").browser.name).toBe("second");
  });

  test("are as many as the limit says, and one more once one was removed", () => {
    const browsers = new PairedBrowsers(() => nowMs, []);
    for (let at = 0; at < LAN_BROWSERS_MAX; at++) {
      browsers.pair(browsers.makeCode().code, `browser ${at}`);
    }
    const { code } = browsers.makeCode();
    expect(() => browsers.pair(code, "one more")).toThrow(`${LAN_BROWSERS_MAX} browsers`);
    expect(browsers.remove(browsers.list()[0]?.id ?? "")).toBe(true);
    // The code was not used up by the refusal.
    expect(browsers.pair(code, "one more").browser.name).toBe("one more");
  });
});

test("each allowed call is one of the table, and what is not named is refused", () => {
  const routes = routesOf({ version: "1" } as unknown as ApiContext);
  for (const [method, from] of FOR_BROWSERS) {
    const isMeant = routes.some(
      (route) =>
        isForBrowsers(route) && route.path.startsWith(from.replace("$", "")) && /./.test(method),
    );
    expect([from, isMeant]).toEqual([from, true]);
  }
  expect(isForBrowsers({ method: "GET", path: "/v1/something-new" })).toBe(false);
  expect(isForBrowsers({ method: "GET", path: "/v1/statuses" })).toBe(false);
  const refused = routes.filter((route) => !isForBrowsers(route));
  for (const path of ["/v1/stop", "/v1/streams", "/v1/lan/links", "/v1/mounts", "/v1/access"]) {
    expect(refused.map((route) => route.path)).toContain(path);
  }
  // The link for a new device is a secret, and whoever shows it is one from then on.
  expect(isForBrowsers({ method: "GET", path: "/v1/devices" })).toBe(true);
  expect(isForBrowsers({ method: "GET", path: "/v1/devices/adding" })).toBe(false);
  expect(isForBrowsers({ method: "GET", path: "/v1/recovery/words" })).toBe(false);
  const changes = refused.filter(({ method }) => method !== "GET").map(({ path }) => path);
  expect(changes).toContain("/v1/devices/adding");
  expect(changes).toContain("/v1/recovery/words");
});
