import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SILENT_LOG } from "../ports/index.ts";
import { parseEvents } from "./client/events.ts";
import { ApiClient, ClientError, type PeerEvent } from "./client/index.ts";
import type { EventBodies } from "./contract.ts";
import { EventHub } from "./event-hub.ts";
import { EVENT_LAG_BYTES_MAX, EVENT_STREAMS_MAX } from "./limits.ts";
import { route } from "./route.ts";
import { type ApiServer, startApiServer } from "./server.ts";

const TOKEN = "token";
let hub: EventHub;
let server: ApiServer;
let client: ApiClient;
const readers: AbortController[] = [];

beforeEach(async () => {
  hub = new EventHub();
  server = await startApiServer({
    routes: [
      route({
        ...{ method: "GET", path: "/v1/events", summary: "", answers: "" },
        handle: ({ response }) => {
          hub.attach(response, { peerId: "me" });
          return undefined;
        },
      }),
    ],
    ...{ token: TOKEN, port: 0, consoleDirectory: "/nonexistent", openPaths: [], log: SILENT_LOG },
  });
  client = new ApiClient({ url: `http://127.0.0.1:${server.port}`, token: TOKEN });
});
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.abort();
  hub.close();
  await server.close();
});

type Events = AsyncGenerator<PeerEvent<keyof EventBodies>>;

/** Opens a stream and takes its first event. */
async function open(): Promise<Events> {
  const reader = new AbortController();
  readers.push(reader);
  const events = client.events(reader.signal);
  expect((await events.next()).value).toEqual({ name: "hello", body: { peerId: "me" } });
  return events;
}

describe("event streams", () => {
  test("tell everybody everything, in order", async () => {
    const both = await Promise.all([open(), open()]);
    hub.emit("contact-changed", { personId: "a\n\nevent: b" });
    hub.emit("object-changed", { link: "l" });
    for (const events of both) {
      const first = { name: "contact-changed", body: { personId: "a\n\nevent: b" } };
      expect((await events.next()).value).toEqual(first);
      expect((await events.next()).value).toEqual({ name: "object-changed", body: { link: "l" } });
    }
  });

  test(`${EVENT_STREAMS_MAX} are open at once; one more is refused until one ends`, async () => {
    const all: Events[] = [];
    for (let count = 0; count < EVENT_STREAMS_MAX; count++) all.push(await open());
    await expect(open()).rejects.toMatchObject({ name: "ClientError", code: "unavailable" });
    readers.pop(); // the refused one
    readers.shift()?.abort();
    await expect(all[0]?.next()).rejects.toThrow();
    let isOpen = false;
    for (let tries = 0; tries < 100 && !isOpen; tries++) {
      isOpen = await open().then(
        () => true,
        () => false,
      );
      if (!isOpen) await new Promise((done) => setTimeout(done, 10));
    }
    expect(isOpen).toBe(true);
  });

  test("a reader that does not read is let go; the others hear on", async () => {
    const quick = await open();
    const response = await fetch(`http://127.0.0.1:${server.port}/v1/events`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const reason = "x".repeat(64_000);
    // The system's own buffers take some megabytes before anything lags.
    const rounds = Math.ceil((EVENT_LAG_BYTES_MAX + 16_000_000) / reason.length);
    for (let round = 0; round < rounds; round++) {
      hub.emit("neighbour-down", { peerId: String(round), reason });
      const { value } = await quick.next();
      expect(value).toMatchObject({ name: "neighbour-down", body: { peerId: String(round) } });
    }
    const reader = response.body?.getReader();
    const drain = async (): Promise<void> => {
      while ((await reader?.read())?.done === false);
    };
    await expect(drain()).rejects.toThrow("terminated");
  });

  test("end when the peer stops", async () => {
    const events = await open();
    hub.close();
    expect((await events.next()).done).toBe(true);
  });
});

describe("the parser of events", () => {
  async function parse(...parts: readonly (string | Uint8Array)[]): Promise<unknown[]> {
    const encoder = new TextEncoder();
    const found: unknown[] = [];
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const part of parts) {
          controller.enqueue(typeof part === "string" ? encoder.encode(part) : part);
        }
        controller.close();
      },
    });
    for await (const event of parseEvents(stream)) found.push(event);
    return found;
  }

  test("puts events together however they are cut, also within a letter", async () => {
    const bytes = new TextEncoder().encode(
      ': still here\n\nevent: message\ndata: {"text":"grün"}\n\nevent: hello\ndata: {}\n\nevent: cut',
    );
    const whole = [
      { name: "message", body: { text: "grün" } },
      { name: "hello", body: {} },
    ];
    for (let at = 0; at <= bytes.length; at++) {
      expect(await parse(bytes.subarray(0, at), bytes.subarray(at))).toEqual(whole);
    }
    expect(await parse(...[...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });
});

describe("the client's errors", () => {
  test("are typed: refused, unknown, out of reach", async () => {
    const stranger = new ApiClient({ url: `http://127.0.0.1:${server.port}`, token: "wrong" });
    await expect(stranger.status()).rejects.toMatchObject({
      ...{ name: "ClientError", code: "unauthorized" },
      message: expect.stringContaining("api.json") as string,
    });
    await expect(client.status()).rejects.toMatchObject({ code: "not-found" });
    await expect(client.stop()).rejects.toBeInstanceOf(ClientError);
    await server.close();
    const error = await client.status().catch((cause: unknown) => cause);
    expect(error).toMatchObject({ name: "ClientError", code: "unavailable" });
    expect((error as ClientError).message).toContain("peernet up");
    expect((error as ClientError).cause).toBeDefined();
  });
});
