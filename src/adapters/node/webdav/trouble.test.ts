import { afterEach, describe, expect, test } from "vitest";
import { answerOf, DavRig } from "../../../../test/support/dav-rig.ts";
import { memoryTree, treeWith } from "../../../../test/support/dav-trees.ts";
import type { FileTree } from "../../../ports/file-tree.ts";
import { FileTreeError } from "../../../ports/file-tree.ts";
import { writeTreeFile } from "../../../testing/index.ts";
import type { DavServerOptions } from "./server.ts";

let rig: DavRig;
afterEach(() => rig.close());

async function begin(tree: FileTree = memoryTree(), options: Partial<DavServerOptions> = {}) {
  rig = await DavRig.start(tree, options);
}

describe("a tree in trouble", () => {
  test.each([
    ["full", 507],
    ["too-large", 413],
    ["busy", 503],
    ["read-only", 403],
    ["broken", 500],
    ["conflict", 412],
  ] as const)("%s in the middle of an upload: %i, and the old file stays", async (code, status) => {
    const tree = memoryTree();
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
    const tree = memoryTree();
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
