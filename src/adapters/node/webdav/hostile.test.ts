import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { DavRig, TOKEN } from "../../../../test/support/dav-rig.ts";
import { memoryTree, treeWith, until } from "../../../../test/support/dav-trees.ts";
import { type FileTree, FileTreeError, type TreeWriteEvents } from "../../../ports/file-tree.ts";
import { writeTreeFile } from "../../../testing/index.ts";
import { DAV_UPLOADS_MAX } from "./limits.ts";
import type { DavServerOptions } from "./server.ts";

let rig: DavRig;
afterEach(() => rig.close());

async function begin(tree: FileTree = memoryTree(), options: Partial<DavServerOptions> = {}) {
  rig = await DavRig.start(tree, options);
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

describe("slow and broken clients", () => {
  test("a head or an XML body that does not come", async () => {
    await begin(memoryTree(), { headTimeoutMs: 50 });
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
    await begin(memoryTree(), { silenceMs: 1_000 });
    await rig.call("PUT", "f", { body: "old" });
    const sent = rig.begin("PUT", "f", { "content-length": "10" });
    sent.write("new");
    await expect(answerNever(sent)).resolves.toMatch(/hang up|ECONNRESET/);
    expect((await rig.call("GET", "f")).text).toBe("old");
  });

  test("a download that nobody takes is cut, and its turn is free again", async () => {
    const tree = memoryTree();
    await writeTreeFile(tree, "f", new Uint8Array(30_000_000));
    let aborted = 0;
    const read: FileTree["read"] = (path, range, events) => {
      const reader = tree.read(path, range, events);
      return {
        pause: () => reader.pause(),
        resume: () => reader.resume(),
        abort: () => {
          aborted += 1;
          reader.abort();
        },
      };
    };
    await begin(treeWith({ read }, tree), { silenceMs: 300 });
    const socket = connect(rig.server.port, "127.0.0.1").on("error", () => undefined);
    socket.pause();
    socket.write(`GET /${TOKEN}/f HTTP/1.1\r\nhost: 127.0.0.1:${rig.server.port}\r\n\r\n`);
    await until(() => aborted === 1);
    socket.destroy();
  });

  test("a client that waits for a slow tree is not cut", async () => {
    const started = performance.now();
    const isOver = (): boolean => performance.now() - started > 1_000;
    const list: FileTree["list"] = (_path, done) => void until(isOver).then(() => done(null, []));
    const write: FileTree["write"] = (_path, _options, events) => ({
      write: () => {
        void until(isOver).then(() => events.onDrain?.());
        return false;
      },
      finish: () => events.onError(new FileTreeError("full", "Full.")),
      abort: () => undefined,
    });
    await begin(treeWith({ list, write }), { silenceMs: 300 });
    const [listed, written] = await Promise.all([
      rig.call("GET", ""),
      rig.call("PUT", "f", { body: new Uint8Array(100_000) }),
    ]);
    expect([listed.status, written.status]).toEqual([200, 507]);
    expect(isOver()).toBe(true);
  });

  test("an upload that breaks off gives its turn and its bytes back", async () => {
    let begun = 0;
    let aborted = 0;
    const tree = memoryTree();
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
    const tree = memoryTree();
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

function answerNever(sent: ReturnType<DavRig["begin"]>): Promise<string> {
  return new Promise((resolve) => {
    sent.once("error", (error) => resolve(error.message));
    sent.once("response", ({ statusCode }) => resolve(`status ${statusCode}`));
  });
}
