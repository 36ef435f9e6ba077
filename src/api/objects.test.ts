import { expect, test } from "vitest";
import { fromHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { SILENT_LOG } from "../ports/index.ts";
import { formatObjectLink, type GetEvents } from "../store/index.ts";
import type { ApiContext } from "./context.ts";
import { EventHub } from "./event-hub.ts";
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
