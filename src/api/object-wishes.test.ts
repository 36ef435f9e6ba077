import { expect, test } from "vitest";
import { fromHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { SILENT_LOG } from "../ports/index.ts";
import {
  formatObjectLink,
  type GetEvents,
  type GetOptions,
  type ObjectMeta,
  type PutEvents,
  type PutOptions,
  StoreError,
} from "../store/index.ts";
import type { ApiContext } from "./context.ts";
import { EventHub } from "./event-hub.ts";
import { PREVIEW_BYTES_MAX } from "./limits.ts";
import { objectRoutes } from "./routes/objects.ts";
import { startApiServer } from "./server.ts";

const key = must(fromHex("11".repeat(32)), "hexadecimal");
const LINK = formatObjectLink({ readKey: key, root: key });

async function call(store: object, method: string, path: string): Promise<Response> {
  const context = { peer: { store }, hub: new EventHub(), poke: () => {} } as unknown as ApiContext;
  const server = await startApiServer({
    routes: objectRoutes(context),
    ...{ token: "t", port: 0, consoleDirectory: "/nonexistent", openPaths: [], log: SILENT_LOG },
  });
  try {
    const answer = await fetch(`http://127.0.0.1:${server.port}/v1/objects${path}`, {
      method,
      headers: { authorization: "Bearer t" },
      ...(method === "PUT" ? { body: "x" } : {}),
    });
    const bytes = await answer.arrayBuffer();
    return new Response(bytes, { status: answer.status, headers: answer.headers });
  } finally {
    await server.close();
  }
}

/** What a PUT with this query asks of the store, or the status of its refusal. */
async function asked(query: string): Promise<PutOptions | number> {
  let options: PutOptions | undefined;
  const store = {
    beginPut: (wish: PutOptions, events: PutEvents) => {
      options = wish;
      setImmediate(() => events.onError(new StoreError("busy", "Seen.")));
      return { job: "j", write: () => true, finish: () => {}, abort: () => {} };
    },
  };
  const { status } = await call(store, "PUT", `?name=x${query}`);
  return options ?? status;
}

test("how an object is to be cut and coded is understood, or refused before a byte is stored", async () => {
  expect(await asked("")).toMatchObject({ profile: "gentle", k: 20, n: 40, nMax: 64 });
  expect(await asked("&layers=steep&code=wide")).toMatchObject({ profile: "steep", k: 32, n: 96 });
  expect(await asked("&layers=preview@3:7,body@10:9,body@20")).toMatchObject({
    layers: [
      { role: "preview", k: 3, sizeBytes: 7 },
      { role: "body", k: 10, sizeBytes: 9 },
      { role: "body", k: 20, sizeBytes: undefined },
    ],
  });
  for (const bad of ["layers=", "layers=soft", "layers=body@", "layers=body@20,", "code=tiny"]) {
    expect([bad, await asked(`&${bad}`)]).toEqual([bad, 400]);
  }
});

const META: ObjectMeta = {
  name: "x",
  mediaType: "text/plain",
  sizeBytes: 9,
  k: 2,
  n: 4,
  layers: [
    { k: 1, sizeBytes: 2, role: "preview" },
    { k: 2, sizeBytes: 9, role: "body" },
  ],
  transform: "none",
};

/** A store that has only the first layer of an object, which may be long. */
function coarse(bytes: Uint8Array): { readonly store: object; readonly seen: GetOptions[] } {
  const seen: GetOptions[] = [];
  const store = {
    object: () => ({ n: 4 }),
    get: (_link: string, events: GetEvents, options: GetOptions = {}) => {
      seen.push(options);
      let isAborted = false;
      setImmediate(() => {
        events.onMeta?.(META);
        events.onBytes(bytes, 0);
        if (isAborted) return;
        events.onLayer?.(0);
        events.onDone();
      });
      const abort = (): void => {
        isAborted = true;
      };
      return { job: "j", pause: () => {}, resume: () => {}, abort };
    },
    show: (_meta: unknown, layers: readonly Uint8Array[], done: (shown: unknown) => void) =>
      done(layers[0]?.length === 0 ? undefined : { bytes: layers[0], mediaType: "text/plain" }),
  };
  return { store, seen };
}

test("a preview says which layers it shows, and runs as nobody's page", async () => {
  const { store, seen } = coarse(Uint8Array.of(104, 105));
  const path = `/${encodeURIComponent(LINK)}/preview`;
  const answer = await call(store, "GET", `${path}?layers=1&survivors=3`);
  expect([answer.status, await answer.text()]).toEqual([200, "hi"]);
  expect(answer.headers.get("peernet-layers")).toBe("1/2");
  expect(answer.headers.get("content-security-policy")).toContain("sandbox");
  expect(seen[0]).toMatchObject({ preview: true, layersMax: 1 });
  const only = [...(seen[0]?.only ?? [])];
  expect([new Set(only).size, only.every((index) => index >= 0 && index < 4)]).toEqual([3, true]);
  for (const bad of ["layers=0", "layers=x", "survivors=0", "survivors=1000"]) {
    expect([bad, (await call(store, "GET", `${path}?${bad}`)).status]).toEqual([bad, 400]);
  }
});

test("the same fragments survive each time, and others beside them where more do", async () => {
  const { store, seen } = coarse(Uint8Array.of(104, 105));
  const large = { ...store, object: () => ({ n: 40 }) };
  const path = `/${encodeURIComponent(LINK)}/preview`;
  for (const count of [5, 5, 6, 40, 41]) await call(large, "GET", `${path}?survivors=${count}`);
  const [first, again, more, all, beyond] = seen.map(({ only }) => [...(only ?? [])]);
  expect(new Set(first).size).toBe(5);
  expect(again).toEqual(first);
  expect(more?.slice(0, 5)).toEqual(first);
  expect([new Set(all).size, new Set(beyond).size]).toEqual([40, 40]);
  // Not simply the first ones, which are the data itself.
  expect([...(first ?? [])].sort((a, b) => a - b)).not.toEqual([0, 1, 2, 3, 4]);
});

test("what shows nothing is told in words, and what is too large to be shown is not held", async () => {
  const path = `/${encodeURIComponent(LINK)}/preview`;
  const nothing = await call(coarse(new Uint8Array(0)).store, "GET", path);
  expect([nothing.status, await nothing.text()]).toEqual([
    400,
    expect.stringContaining("Nothing shows"),
  ]);
  const most = await call(coarse(new Uint8Array(PREVIEW_BYTES_MAX)).store, "GET", path);
  expect(most.status).toBe(200);
  const large = await call(coarse(new Uint8Array(PREVIEW_BYTES_MAX + 1)).store, "GET", path);
  expect(large.status).toBe(413);
});
