import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { answerOf, DavRig, TOKEN } from "../../../../test/support/dav-rig.ts";
import {
  type FileTree,
  FileTreeError,
  type TreeReadEvents,
  type TreeWriteEvents,
} from "../../../ports/file-tree.ts";
import { MemoryFileTree, writeTreeFile } from "../../../testing/index.ts";
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

const memory = (): MemoryFileTree => new MemoryFileTree((action) => setImmediate(action), Date.now);

/** A tree that does what another one does, but for some calls. */
function treeWith(change: Partial<FileTree>, tree: FileTree = memory()): FileTree {
  const names = ["list", "stat", "read", "write", "remove", "makeFolder", "move", "copy"] as const;
  const calls = Object.fromEntries(names.map((name) => [name, tree[name].bind(tree)]));
  return { ...(calls as unknown as FileTree), ...change };
}

async function begin(tree: FileTree = memory(), options: Partial<DavServerOptions> = {}) {
  rig = await DavRig.start(tree, options);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe("who may come in", () => {
  test.each([
    [{ host: "example.org" }, 403],
    [{ host: "127.0.0.1" }, 403],
    [{ origin: "http://example.org" }, 403],
    [{ origin: "null" }, 403],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ "sec-fetch-site": "same-site" }, 403],
    [{ "sec-fetch-site": "none" }, 207],
    [{}, 207],
  ])("%j: %i", async (headers, status) => {
    await begin();
    const answer = await rig.call("PROPFIND", "", { headers: { depth: "0", ...headers } });
    expect(answer.status).toBe(status);
  });

  test.each([
    "/",
    "/x",
    `/${TOKEN}x/`,
    `/${TOKEN.slice(1)}/`,
    `/${TOKEN.toUpperCase()}/`,
    `//${TOKEN}/`,
  ])("%s leads nowhere", async (path) => {
    await begin();
    expect((await rig.call("PROPFIND", path, { headers: { depth: "0" } })).status).toBe(404);
  });

  test.each(["..", "%2e%2e/x", "a/%2E%2E/b", "a%2f..%2fb", "a//b", "%00", "a#b"])(
    "the path %s is refused before the tree hears of it",
    async (path) => {
      let calls = 0;
      const stat: FileTree["stat"] = () => {
        calls += 1;
      };
      await begin(treeWith({ stat }));
      const { port } = rig.server;
      const line = `PUT /${TOKEN}/${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n`;
      const heard = await rig.raw(`${line}connection: close\r\ncontent-length: 1\r\n\r\nx`);
      expect(heard).toMatch(/^HTTP\/1.1 400/);
      expect(calls).toBe(0);
    },
  );

  test("an address without host, twice a host, and no HTTP at all", async () => {
    await begin();
    const host = `host: 127.0.0.1:${rig.server.port}\r\n`;
    const line = `GET /${TOKEN}/ HTTP/1.1\r\nconnection: close\r\n`;
    expect(await rig.raw(`${line}\r\n`)).toMatch(/^HTTP\/1.1 403/);
    expect(await rig.raw(`${line}${host}${host}\r\n`)).toMatch(/^HTTP\/1.1 40[03]/);
    expect(await rig.raw("hello\r\n\r\n")).toMatch(/^HTTP\/1.1 400/);
    expect(await rig.raw(`GET http://x/ HTTP/1.1\r\nconnection: close\r\n${host}\r\n`)).toMatch(
      /^HTTP\/1.1 400/,
    );
  });
});

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

describe("slow and broken clients", () => {
  test("a head or an XML body that does not come", async () => {
    await begin(memory(), { headTimeoutMs: 50 });
    expect(await rig.raw("GET / HT")).toMatch(/^HTTP\/1.1 408/);
    const sent = rig.begin("PROPFIND", "", { depth: "0", "content-length": "10" });
    sent.write("<");
    const status = await new Promise((resolve) => {
      sent.on("error", () => undefined);
      sent.on("response", (response) => resolve(response.statusCode));
    });
    sent.destroy();
    expect(status).toBe(408);
  });

  test("an upload that falls silent is cut, and nothing of it is kept", async () => {
    await begin(memory(), { silenceMs: 1_000 });
    await rig.call("PUT", "f", { body: "old" });
    const sent = rig.begin("PUT", "f", { "content-length": "10" });
    sent.write("new");
    await expect(answerNever(sent)).resolves.toMatch(/hang up|ECONNRESET/);
    expect((await rig.call("GET", "f")).text).toBe("old");
  });

  test("an upload that breaks off gives its turn and its bytes back", async () => {
    let begun = 0;
    let aborted = 0;
    const tree = memory();
    const write: FileTree["write"] = (path, options, events) => {
      const writer = tree.write(path, options, events);
      begun += 1;
      return {
        write: (bytes) => writer.write(bytes),
        finish: () => writer.finish(),
        abort: () => {
          aborted += 1;
          writer.abort();
        },
      };
    };
    await begin(treeWith({ write }, tree));
    for (let i = 0; i < DAV_UPLOADS_MAX + 1; i++) {
      const sent = rig.begin("PUT", "f", { "content-length": "10" });
      sent.on("error", () => undefined).write("x");
      await until(() => begun === i + 1);
      sent.destroy();
      await until(() => aborted === i + 1);
    }
    expect((await rig.call("GET", "f")).status).toBe(404);
    expect((await rig.call("PUT", "f", { body: "x" })).status).toBe(201);
  });

  test("a client that does not read holds the tree back, and one that leaves ends the read", async () => {
    const seen = { paused: 0, resumed: 0, aborted: 0, bytes: 0 };
    const tree = memory();
    await writeTreeFile(tree, "f", new Uint8Array(30_000_000));
    const read: FileTree["read"] = (path, range, events) => {
      const reader = tree.read(path, range, {
        ...events,
        onStart: (...found) => events.onStart(...found),
        onEnd: () => events.onEnd(),
        onError: (error) => events.onError(error),
        onBytes: (bytes) => {
          seen.bytes += bytes.length;
          events.onBytes(bytes);
        },
      });
      return {
        pause: () => {
          seen.paused += 1;
          reader.pause();
        },
        resume: () => {
          seen.resumed += 1;
          reader.resume();
        },
        abort: () => {
          seen.aborted += 1;
          reader.abort();
        },
      };
    };
    await begin(treeWith({ read }, tree));
    const socket = connect(rig.server.port, "127.0.0.1");
    socket.pause();
    socket.write(`GET /${TOKEN}/f HTTP/1.1\r\nhost: 127.0.0.1:${rig.server.port}\r\n\r\n`);
    await until(() => seen.paused > 0 && seen.paused === seen.resumed + 1);
    const stopped = seen.bytes;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen.bytes).toBeLessThan(stopped + 10_000_000);
    expect(seen.bytes).toBeLessThan(25_000_000);
    socket.destroy();
    await until(() => seen.aborted === 1);
    expect((await rig.call("HEAD", "f")).status).toBe(200);
  });

  test("a tree that is slow holds the client back", async () => {
    let events: TreeWriteEvents | undefined;
    const seen = { bytes: 0 };
    const write: FileTree["write"] = (_path, _options, told) => {
      events = told;
      return {
        write: (bytes) => {
          seen.bytes += bytes.length;
          return false;
        },
        finish: () =>
          told.onDone({ name: "f", kind: "file", sizeBytes: 1, modifiedAtMs: 0, etag: "e" }),
        abort: () => undefined,
      };
    };
    await begin(treeWith({ write }));
    const answer = rig.call("PUT", "f", { body: new Uint8Array(20_000_000) });
    await until(() => seen.bytes > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen.bytes).toBeLessThan(1_000_000);
    let isAnswered = false;
    void answer.then(() => {
      isAnswered = true;
    });
    await until(() => {
      events?.onDrain?.();
      return isAnswered;
    });
    expect((await answer).status).toBe(201);
    expect(seen.bytes).toBe(20_000_000);
  });
});

describe("a tree in trouble", () => {
  test.each([
    ["full", 507],
    ["too-large", 413],
    ["busy", 503],
    ["read-only", 403],
    ["broken", 500],
    ["conflict", 412],
  ] as const)("%s in the middle of an upload: %i, and the old file stays", async (code, status) => {
    const tree = memory();
    await writeTreeFile(tree, "f", "old");
    const write: FileTree["write"] = (path, options, events) => {
      const writer = tree.write(path, options, {
        onDone: () => undefined,
        onError: () => undefined,
      });
      let isOver = false;
      return {
        write: (bytes) => {
          writer.write(bytes);
          if (isOver) return true;
          isOver = true;
          writer.abort();
          setImmediate(() => events.onError(new FileTreeError(code, "No.")));
          return true;
        },
        finish: () => undefined,
        abort: () => undefined,
      };
    };
    await begin(treeWith({ write }, tree));
    const sent = rig.begin("PUT", "f", { "content-length": "5000000" });
    sent.on("error", () => undefined);
    const answer = new Promise((resolve) => {
      sent.on("response", (response) => resolve(response.statusCode));
    });
    sent.write(new Uint8Array(1_000));
    expect(await answer).toBe(status);
    sent.destroy();
    expect((await rig.call("GET", "f")).text).toBe("old");
    expect((await rig.call("GET", "f")).text).toBe("old");
  });

  test("a file that changes between the look and the read is looked at again", async () => {
    const tree = memory();
    await writeTreeFile(tree, "f", "short");
    let reads = 0;
    const read: FileTree["read"] = (path, range, events) => {
      reads += 1;
      if (reads > 1) return tree.read(path, range, events);
      let inner = { pause: () => {}, resume: () => {}, abort: () => {} };
      void writeTreeFile(tree, "f", "much longer").then(() => {
        inner = tree.read(path, range, events);
      });
      return {
        pause: () => inner.pause(),
        resume: () => inner.resume(),
        abort: () => inner.abort(),
      };
    };
    await begin(treeWith({ read }, tree));
    const answer = await rig.call("GET", "f");
    expect(answer).toMatchObject({ status: 200, text: "much longer" });
    expect(answer.headers["content-length"]).toBe("11");
    expect(reads).toBe(2);
  });

  test("a file that is replaced while it is read goes on as it was", async () => {
    await begin();
    const old = "a".repeat(200_000);
    await rig.call("PUT", "f", { body: old });
    const sent = rig.begin("GET", "f");
    const answer = answerOf(sent);
    await new Promise((resolve) => sent.once("response", resolve));
    await rig.call("PUT", "f", { body: "new" });
    expect((await answer).text).toBe(old);
    expect((await rig.call("GET", "f")).text).toBe("new");
  });

  test("two who hold the same version: the first wins, the other hears of it at the end", async () => {
    await begin();
    const { headers } = await rig.call("PUT", "f", { body: "x" });
    const match = { "if-match": headers.etag ?? "" };
    const slow = rig.begin("PUT", "f", { ...match, "content-length": "2" });
    slow.write("s");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await rig.call("PUT", "f", { headers: match, body: "quick" })).status).toBe(204);
    expect((await answerOf(slow, "s")).status).toBe(412);
    expect((await rig.call("GET", "f")).text).toBe("quick");
  });

  test("a read that fails before its first byte is told, one that fails later is cut", async () => {
    const entry = { name: "f", kind: "file", sizeBytes: 9, modifiedAtMs: 0, etag: "e" } as const;
    let isStarted = false;
    const read: FileTree["read"] = (_path, _range, events) => {
      setImmediate(() => {
        events.onStart(entry, 0, 9);
        if (isStarted) events.onBytes(new Uint8Array(3));
        events.onError(new FileTreeError("unreachable", "Nobody is there."));
      });
      return { pause: () => undefined, resume: () => undefined, abort: () => undefined };
    };
    await begin(treeWith({ read, stat: (_path, done) => done(null, entry) }));
    expect(await rig.call("GET", "f")).toMatchObject({ status: 503, text: "Nobody is there.\n" });
    isStarted = true;
    await expect(rig.call("GET", "f")).rejects.toThrow(/aborted|hang up/);
  });

  test("a defect is logged, not told", async () => {
    const warnings: string[] = [];
    const log = { debug() {}, info() {}, warn: (event: string) => warnings.push(event) };
    const list: FileTree["list"] = () => {
      throw new RangeError("secret");
    };
    await begin(treeWith({ list }), { log: log as never });
    const { status, text } = await rig.call("GET", "");
    expect([status, text.includes("secret"), warnings]).toEqual([
      500,
      false,
      ["webdav request failed"],
    ]);
  });
});

function answerNever(sent: ReturnType<DavRig["begin"]>): Promise<string> {
  return new Promise((resolve) => {
    sent.once("error", (error) => resolve(error.message));
    sent.once("response", ({ statusCode }) => resolve(`status ${statusCode}`));
  });
}
