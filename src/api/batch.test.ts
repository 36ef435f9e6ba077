import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { SmallFile } from "../folders/tree.ts";
import { FileTreeError, SILENT_LOG } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import { type BatchEntry, decodeBatch, encodeBatch } from "./batch.ts";
import type { ApiContext } from "./context.ts";
import { BATCH_BYTES_MAX, BATCH_ENTRIES_MAX } from "./limits.ts";
import { folderRoutes } from "./routes/folders.ts";
import { type ApiServer, startApiServer } from "./server.ts";

const entry: fc.Arbitrary<BatchEntry> = fc.record({
  path: fc.string({ unit: "grapheme", maxLength: 40 }),
  modifiedAtMs: fc.nat(),
  bytes: fc.option(fc.uint8Array({ maxLength: 200 }), { nil: undefined }),
});

describe("a batch of small files", () => {
  test("reads back as it was written", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
        expect(decodeBatch(encodeBatch(entries))).toEqual(entries);
      }),
    );
  });

  test("any bytes are read or refused with a typed error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          decodeBatch(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });

  test(`has ${BATCH_ENTRIES_MAX} entries at most`, () => {
    const one = { path: "p", modifiedAtMs: 1, bytes: undefined };
    const full = Array.from({ length: BATCH_ENTRIES_MAX }, () => one);
    expect(decodeBatch(encodeBatch(full)).length).toBe(BATCH_ENTRIES_MAX);
    expect(() => decodeBatch(encodeBatch([...full, one]))).toThrow(WireError);
  });
});

describe("the call that takes one", () => {
  let server: ApiServer;
  const taken: SmallFile[] = [];
  afterEach(() => server.close());

  /** A folder that takes everything but what is called "bad". */
  async function begin(): Promise<void> {
    taken.length = 0;
    const putAll = (
      files: readonly SmallFile[],
      resolves: boolean,
      done: (errors: readonly (FileTreeError | null)[]) => void,
    ): void => {
      taken.push(...files.map((file) => ({ ...file, bytes: file.bytes?.slice() })));
      expect(resolves).toBe(true);
      const error = new FileTreeError("no-parent", "There is no such folder.");
      queueMicrotask(() => done(files.map(({ path }) => (path === "bad" ? error : null))));
    };
    const peer = { folders: { folderTree: () => ({ putAll }) } };
    server = await startApiServer({
      routes: folderRoutes({ peer, poke: () => undefined } as unknown as ApiContext),
      ...{ token: "t", port: 0, consoleDirectory: "/nonexistent", openPaths: [], log: SILENT_LOG },
    });
  }

  async function post(body: Uint8Array): Promise<readonly [number, unknown]> {
    const url = `http://127.0.0.1:${server.port}/v1/folders/garden/batch?resolve=1`;
    const headers = { authorization: "Bearer t" };
    const answer = await fetch(url, { method: "POST", headers, body: new Uint8Array(body) });
    return [answer.status, await answer.json()];
  }

  test("answers what was refused, and why", async () => {
    await begin();
    const entries = ["a", "bad", "c"].map((path, index) => {
      return { path, modifiedAtMs: index, bytes: index === 2 ? undefined : Uint8Array.of(index) };
    });
    const refused = [{ path: "bad", code: "no-parent", message: "There is no such folder." }];
    expect(await post(encodeBatch(entries))).toEqual([200, { refused }]);
    expect(taken).toEqual(
      entries.map(({ path, bytes, modifiedAtMs }) => ({ path, bytes, options: { modifiedAtMs } })),
    );
  });

  test("refuses what is none, or larger than the limit", async () => {
    await begin();
    expect((await post(Uint8Array.of(1, 200)))[0]).toBe(400);
    const bytes = new Uint8Array(BATCH_BYTES_MAX);
    const heads = encodeBatch([{ path: "p", modifiedAtMs: 1, bytes }]).length - bytes.length;
    const fits = { path: "p", modifiedAtMs: 1, bytes: bytes.subarray(heads) };
    expect((await post(encodeBatch([fits])))[0]).toBe(200);
    const more = { ...fits, bytes: bytes.subarray(heads - 1) };
    expect((await post(encodeBatch([more])))[0]).toBe(413);
    expect(taken.length).toBe(1);
  });
});
