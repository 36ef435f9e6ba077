import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { blockStoreSuite } from "../../testing/block-store-suite.ts";
import { recordStoreSuite } from "../../testing/record-store-suite.ts";
import { transportSuite } from "../../testing/transport-suite.ts";
import { openBlockStore } from "./blocks.ts";
import { openRecordStore } from "./records.ts";
import { createTcpTransport } from "./tcp.ts";
import { createUdpTransport } from "./udp.ts";

const api = { describe, test, expect };
const settle = () => new Promise<void>((done) => setTimeout(done, 2));
const onWarning = (): void => undefined;

/** A store in a directory of its own that is opened, and opened again, by `open`. */
async function inDirectory<Store extends { close(): Promise<void> }>(
  open: (directory: string) => Promise<Store>,
) {
  const directory = await mkdtemp(join(tmpdir(), "peernet-suite-"));
  let store = await open(directory);
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await open(directory);
      return store;
    },
    dispose: async () => {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

recordStoreSuite(api, "level", () => inDirectory(openRecordStore));
blockStoreSuite(api, "segments", () => inDirectory(openBlockStore));
blockStoreSuite(api, "tiny segments", () =>
  inDirectory((directory) => openBlockStore(directory, { segmentBytes: 1_000 })),
);

transportSuite(api, "TCP", async (eventsOfA, eventsOfB) => {
  const a = await createTcpTransport({ events: eventsOfA, listen: [], onWarning });
  const listen = ["tcp://127.0.0.1:0"];
  const b = await createTcpTransport({ events: eventsOfB, listen, onWarning });
  const dispose = async () => void (await Promise.all([a.shutdown(), b.shutdown()]));
  return { a, b, endpointOfB: b.listening[0] ?? "", settle, dispose };
});

for (const [name, ffi] of [
  ["UDP", "on"],
  ["UDP without FFI", "off"],
] as const) {
  transportSuite(api, name, async (eventsOfA, eventsOfB) => {
    vi.stubEnv("PEERNET_FFI", ffi);
    const a = await createUdpTransport({ events: eventsOfA, discovery: false, onWarning });
    const b = await createUdpTransport({ events: eventsOfB, discovery: false, onWarning });
    vi.unstubAllEnvs();
    const dispose = async () => void (await Promise.all([a.shutdown(), b.shutdown()]));
    return { a, b, endpointOfB: `udp://127.0.0.1:${b.ports.ipv4}`, settle, dispose };
  });
}
