import { createSocket } from "node:dgram";
import type { NetworkInterfaceInfo } from "node:os";
import { afterEach, beforeEach, expect, vi } from "vitest";
import type { TransportEvents } from "../../ports/index.ts";
import { createUdpTransport, type UdpOptions, type UdpTransport } from "./udp.ts";

const lo: NetworkInterfaceInfo = {
  address: "127.0.0.1",
  netmask: "255.0.0.0",
  family: "IPv4",
  mac: "00:00:00:00:00:00",
  internal: true,
  cidr: "127.0.0.1/8",
};
/** As on a machine that has lost every network. */
export const onlyLoopback = (): Record<string, NetworkInterfaceInfo[]> => ({ lo: [lo] });

/** Remembers everything a transport tells. */
export class Recorder implements TransportEvents {
  readonly frames: { endpoint: string; frame: Uint8Array }[] = [];
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  readonly unreachable: string[] = [];
  onFrame(endpoint: string, frame: Uint8Array): void {
    this.frames.push({ endpoint, frame: Uint8Array.from(frame) });
  }
  onOpened(endpoint: string): void {
    this.opened.push(endpoint);
  }
  onClosed(endpoint: string): void {
    this.closed.push(endpoint);
  }
  onUnreachable(endpoint: string): void {
    this.unreachable.push(endpoint);
  }
}

/** Everything must hold with native calls and without. */
export const FFI = ["on", "off"] as const;

/** Runs every test of the block around it with native calls or without. */
export function withFfi(mode: (typeof FFI)[number]): void {
  beforeEach(() => void vi.stubEnv("PEERNET_FFI", mode));
}

const open: UdpTransport[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(open.splice(0).map((transport) => transport.shutdown()));
});

/** A transport that is shut down after the test. */
export async function start(
  options: Partial<UdpOptions> = {},
): Promise<{ transport: UdpTransport; events: Recorder; warnings: string[] }> {
  const events = new Recorder();
  const warnings: string[] = [];
  const transport = await createUdpTransport({
    events,
    discovery: false,
    interfaces: onlyLoopback,
    onWarning: (sentence) => warnings.push(sentence),
    ...options,
  });
  open.push(transport);
  return { transport, events, warnings };
}

/** A port that nothing else on this machine uses for beacons while the tests run. */
export async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((done) => socket.bind(0, "127.0.0.1", done));
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(() => done()));
  return port;
}

/** Waits for something to become true. */
export async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 10_000, interval: 5 }).toBe(true);
}
