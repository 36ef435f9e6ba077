import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { DavRig } from "../../../../test/support/dav-rig.ts";
import { memoryTree, treeWith, until } from "../../../../test/support/dav-trees.ts";
import type { FileTree, TreeReadEvents, TreeWriteEvents } from "../../../ports/file-tree.ts";
import {
  DAV_CONNECTIONS_MAX,
  DAV_DOWNLOADS_MAX,
  DAV_HEADERS_MAX,
  DAV_REQUESTS_MAX,
  DAV_UPLOADS_MAX,
  PROPERTIES_ASKED_MAX,
  XML_BYTES_MAX,
} from "./limits.ts";
import type { DavServerOptions } from "./server.ts";

let rig: DavRig;
afterEach(() => rig.close());

async function begin(tree: FileTree = memoryTree(), options: Partial<DavServerOptions> = {}) {
  rig = await DavRig.start(tree, options);
}

describe("limits", () => {
  test("headers", async () => {
    await begin();
    const withHeaders = (count: number) => {
      const more = Object.fromEntries(Array.from({ length: count - 2 }, (_, i) => [`x-${i}`, "1"]));
      return rig.call("GET", "", { headers: more }); // with them go Host and Connection
    };
    expect((await withHeaders(DAV_HEADERS_MAX)).status).toBe(200);
    expect((await withHeaders(DAV_HEADERS_MAX + 1)).status).toBe(431);
    const long = await rig.raw(`GET / HTTP/1.1\r\nx: ${"x".repeat(20_000)}\r\n\r\n`);
    expect(long).toMatch(/^HTTP\/1.1 431/);
  });

  test("XML bodies", async () => {
    await begin();
    const body = (bytes: number): string => {
      const text = '<propfind xmlns="DAV:"><allprop/><!----></propfind>';
      return text.replace("<!---->", `<!--${"x".repeat(bytes - text.length)}-->`);
    };
    const headers = { depth: "0" };
    const ask = async (bytes: number) =>
      (await rig.call("PROPFIND", "", { headers, body: body(bytes) })).status;
    expect([await ask(XML_BYTES_MAX), await ask(XML_BYTES_MAX + 1)]).toEqual([207, 413]);
    const named = (count: number) =>
      `<propfind xmlns="DAV:"><prop>${"<a/>".repeat(count)}</prop></propfind>`;
    const askNamed = async (count: number) =>
      (await rig.call("PROPFIND", "", { headers, body: named(count) })).status;
    expect([
      await askNamed(PROPERTIES_ASKED_MAX),
      await askNamed(PROPERTIES_ASKED_MAX + 1),
    ]).toEqual([207, 400]);
    const patch = (count: number) =>
      `<propertyupdate xmlns="DAV:"><remove><prop>${"<a/>".repeat(count)}</prop></remove></propertyupdate>`;
    const change = async (count: number) =>
      (await rig.call("PROPPATCH", "", { body: patch(count) })).status;
    expect([await change(PROPERTIES_ASKED_MAX), await change(PROPERTIES_ASKED_MAX + 1)]).toEqual([
      207, 400,
    ]);
  });

  test("requests at once; further ones hear when to come again", async () => {
    const waiting: (() => void)[] = [];
    const list: FileTree["list"] = (_path, done) => waiting.push(() => done(null, []));
    await begin(treeWith({ list }));
    const answers = Array.from({ length: DAV_REQUESTS_MAX }, () => rig.call("GET", ""));
    await until(() => waiting.length === DAV_REQUESTS_MAX);
    const refused = await rig.call("GET", "");
    expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "1"]);
    for (const finish of waiting.splice(0)) finish();
    expect((await Promise.all(answers)).every(({ status }) => status === 200)).toBe(true);
    const later = rig.call("GET", "");
    await until(() => waiting.length === 1);
    for (const finish of waiting) finish();
    expect((await later).status).toBe(200);
  });

  test("connections", async () => {
    await begin();
    const sockets = Array.from({ length: DAV_CONNECTIONS_MAX }, () =>
      connect(rig.server.port, "127.0.0.1"),
    );
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.once("connect", resolve))),
    );
    // One more is closed at once; one less, and it is served again.
    await expect(rig.call("GET", "")).rejects.toThrow(/hang up|ECONNRESET/);
    sockets.pop()?.destroy();
    let status = 0;
    while (status !== 200) status = (await rig.call("GET", "").catch(() => ({ status: 0 }))).status;
    for (const socket of sockets) socket.destroy();
  });

  test("uploads and downloads at once; the others wait for their turn", async () => {
    const open = { now: 0, most: 0 };
    const ends: (() => void)[] = [];
    const count = (end: () => void): void => {
      open.now += 1;
      open.most = Math.max(open.most, open.now);
      ends.push(() => {
        open.now -= 1;
        end();
      });
    };
    const entry = { name: "f", kind: "file", sizeBytes: 1, modifiedAtMs: 0, etag: "e" } as const;
    const write: FileTree["write"] = (_path, _options, events: TreeWriteEvents) => ({
      write: () => true,
      finish: () => count(() => events.onDone(entry)),
      abort: () => undefined,
    });
    const read: FileTree["read"] = (_path, _range, events: TreeReadEvents) => {
      count(() => {
        events.onStart(entry, 0, 1);
        events.onBytes(new Uint8Array([120]));
        events.onEnd();
      });
      return { pause: () => undefined, resume: () => undefined, abort: () => undefined };
    };
    await begin(treeWith({ write, read, stat: (_path, done) => done(null, entry) }));
    for (const [method, max] of [
      ["PUT", DAV_UPLOADS_MAX],
      ["GET", DAV_DOWNLOADS_MAX],
    ] as const) {
      open.most = 0;
      let answered = 0;
      const answers = Array.from({ length: max + 3 }, async (_, i) => {
        const { status } = await rig.call(method, `f${i}`, method === "PUT" ? { body: "x" } : {});
        answered += 1;
        return status;
      });
      while (answered < max + 3) {
        await until(
          () => ends.length === Math.min(max, max + 3 - answered) || answered === max + 3,
        );
        ends.shift()?.();
        const before = answered;
        await until(() => answered > before || answered === max + 3);
      }
      expect(open.most).toBe(max);
      expect(new Set(await Promise.all(answers)).size).toBe(1);
    }
  });
});
