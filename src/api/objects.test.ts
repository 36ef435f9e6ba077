import { expect, test } from "vitest";
import { fromHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { SILENT_LOG } from "../ports/index.ts";
import {
  type FileRange,
  formatObjectLink,
  type GetEvents,
  type GetOptions,
  StoreError,
} from "../store/index.ts";
import type { ApiContext } from "./context.ts";
import { EventHub } from "./event-hub.ts";
import { rangeOf } from "./routes/object-read.ts";
import { objectRoutes } from "./routes/objects.ts";
import { startApiServer } from "./server.ts";

const key = must(fromHex("11".repeat(32)), "hexadecimal");
const LINK = formatObjectLink({ readKey: key, root: key });

test("progress of a read is told once: the peer's events carry it, the route adds nothing", async () => {
  const hub = new EventHub();
  const told: unknown[] = [];
  hub.emit = (name) => told.push(name);
  const store = {
    get: (_link: string, events: GetEvents) => {
      const layers = [{ k: 1, sizeBytes: 3, role: "body" }] as const;
      const facts = { mediaType: "", layers, transform: "none" } as const;
      const meta = { name: "x", sizeBytes: 3, k: 1, n: 2, ...facts };
      const progress = { job: "j", kind: "get", link: LINK, done: 1, total: 1 } as const;
      queueMicrotask(() => {
        events.onMeta?.(meta);
        events.onBytes(Uint8Array.of(1, 2, 3), 0);
        events.onProgress?.(progress);
        hub.emit("progress", progress); // what the store itself tells the peer
        events.onDone();
      });
      return { job: "j", pause: () => {}, resume: () => {}, abort: () => {} };
    },
  };
  // Of the whole context the route for reading uses no more than this.
  const context = { peer: { store }, hub, poke: () => {} } as unknown as ApiContext;
  const server = await startApiServer({
    routes: objectRoutes(context),
    ...{ token: "t", port: 0, consoleDirectory: "/nonexistent", openPaths: [], log: SILENT_LOG },
  });
  const url = `http://127.0.0.1:${server.port}`;
  const path = `${url}/v1/objects/${encodeURIComponent(LINK)}`;
  const answer = await fetch(path, { headers: { authorization: "Bearer t" } });
  expect(new Uint8Array(await answer.arrayBuffer())).toEqual(Uint8Array.of(1, 2, 3));
  expect(told).toEqual(["progress"]);
  await server.close();
});

test("one range is understood, from either end; what is none asks for the whole", () => {
  for (const [header, range] of [
    ["bytes=0-0", { from: 0, to: 1 }],
    ["bytes=5-", { from: 5, to: 10 }],
    ["bytes=-3", { from: 7, to: 10 }],
    ["bytes=-30", { from: 0, to: 10 }],
    ["bytes=12-15", { from: 12, to: 16 }],
    ["bytes=5-4", undefined],
    ["bytes=-", undefined],
    ["bytes=0-1,3-4", undefined],
    ["lines=0-1", undefined],
    [undefined, undefined],
  ] as const) {
    expect([header, rangeOf(header, 10)]).toEqual([header, range]);
  }
});

test("a range is answered with 206 and its place, one beyond the end with 416", async () => {
  const asked: FileRange[] = [];
  const facts = { mediaType: "", layers: [], transform: "none" } as const;
  const store = {
    get: (_link: string, events: GetEvents, options: GetOptions = {}) => {
      queueMicrotask(() => {
        const chosen = typeof options.range === "function" ? options.range(10) : options.range;
        const { from, to } = chosen ?? { from: 0, to: 10 };
        asked.push({ from, to });
        if (from > 10) {
          events.onError(new StoreError("bad-range", "The file has 10 bytes."));
          return;
        }
        events.onMeta?.({ name: "x", sizeBytes: 10, k: 1, n: 2, ...facts });
        events.onBytes(new Uint8Array(Math.min(to, 10) - from), 0);
        events.onDone();
      });
      return { job: "j", pause: () => {}, resume: () => {}, abort: () => {} };
    },
  };
  const context = { peer: { store }, hub: new EventHub(), poke: () => {} } as unknown as ApiContext;
  const server = await startApiServer({
    routes: objectRoutes(context),
    ...{ token: "t", port: 0, consoleDirectory: "/nonexistent", openPaths: [], log: SILENT_LOG },
  });
  const path = `http://127.0.0.1:${server.port}/v1/objects/${encodeURIComponent(LINK)}`;
  const ask = (range: string) => fetch(path, { headers: { authorization: "Bearer t", range } });
  const part = await ask("bytes=4-99");
  expect([part.status, part.headers.get("content-range")]).toEqual([206, "bytes 4-9/10"]);
  expect((await part.arrayBuffer()).byteLength).toBe(6);
  expect(asked.at(-1)).toEqual({ from: 4, to: 100 });
  for (const beyond of ["bytes=10-12", "bytes=10-", "bytes=-0"]) {
    expect((await ask(beyond)).status).toBe(416);
  }
  await server.close();
});
