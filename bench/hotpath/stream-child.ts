import { PerformanceObserver } from "node:perf_hooks";
import { compileSooner } from "../../src/adapters/node/warm-code.ts";
import { assert } from "../../src/base/errors.ts";
import type { Stream } from "../../src/session/index.ts";
import { type BarePeer, startBarePeer } from "./bare-peer.ts";

/** What the parent tells a child. */
export type Order =
  | { readonly kind: "link"; readonly endpoint: string }
  | { readonly kind: "send"; readonly to: string; readonly bytes: number }
  | { readonly kind: "datagrams"; readonly to: string; readonly count: number }
  /** "collect" frees what can be freed, so that the next "heap" begins with all the room. */
  | { readonly kind: "usage" | "received" | "heap" | "collect" };

/** What a child tells its parent. */
export type Report =
  | {
      readonly kind: "ready";
      readonly id: string;
      readonly udpPort: number;
      readonly tcpPort: number;
    }
  | { readonly kind: "reachable"; readonly ids: readonly string[] }
  | { readonly kind: "sent"; readonly ms: number }
  | { readonly kind: "offered" }
  /** What has come since the start; the bytes are those of streams and of datagrams. */
  | { readonly kind: "received"; readonly bytes: number; readonly datagrams: number }
  | ({ readonly kind: "heap" } & HeapReport)
  | { readonly kind: "usage"; readonly cpuUs: number; readonly rssBytes: number };

/** What has been taken from the heap, exact as long as nothing was collected. */
export interface HeapReport {
  readonly heapBytes: number;
  readonly arrayBufferBytes: number;
  /** Collections of any kind since the start. */
  readonly collections: number;
  /** Packets passed on since the start. */
  readonly forwarded: number;
}

const SERVICE = "bench";
const PIECE_BYTES = 64 << 10;
const DATAGRAM_BYTES = 1_000;
/** Few enough for any queue. */
const DATAGRAMS_PER_MS = 4;

/** The life of one peer process: does what the parent orders. */
export async function runChild(): Promise<void> {
  // As the daemon does.
  compileSooner();
  const peer = await startBarePeer("bench");
  const received = { bytes: 0, datagrams: 0 };
  const countCollections = collectionCounter();
  peer.session.serveDatagrams(SERVICE, (_, datagram) => {
    received.datagrams += 1;
    received.bytes += datagram.length;
  });
  peer.session.serve(SERVICE, (stream) => ({
    onData: (bytes) => {
      received.bytes += bytes.length;
      stream.consume(bytes.length);
    },
    onEnd: () => stream.end(),
    onDrain: () => {},
    onClose: () => {},
  }));
  const reporter = setInterval(() => {
    tell({ kind: "reachable", ids: peer.routing.routes().map(({ destination }) => destination) });
  }, 100);
  reporter.unref();
  process.on("message", (order: Order) => {
    if (order.kind === "received") tell({ kind: "received", ...received });
    else if (order.kind === "collect") {
      // Who is watched so closely does nothing beside its work.
      clearInterval(reporter);
      globalThis.gc?.();
    } else if (order.kind === "heap") tell({ kind: "heap", ...heapNow(peer, countCollections()) });
    else obey(peer, order);
  });
  process.on("disconnect", () => process.exit(0));
  const { udpPort, tcpPort } = peer;
  tell({ kind: "ready", id: peer.identity.id, udpPort, tcpPort });
}

function tell(report: Report): void {
  process.send?.(report);
}

/** Counts collections; they are told of a turn late, so ask after a pause. */
function collectionCounter(): () => number {
  let count = 0;
  const observer = new PerformanceObserver((list) => {
    count += list.getEntries().length;
  });
  observer.observe({ entryTypes: ["gc"] });
  return () => count;
}

function heapNow(peer: BarePeer, collections: number): HeapReport {
  const { heapUsed: heapBytes, arrayBuffers: arrayBufferBytes } = process.memoryUsage();
  return { heapBytes, arrayBufferBytes, collections, forwarded: peer.routing.stats().forwarded };
}

/** One in each turn, as they leave together otherwise. */
function sendDatagrams(peer: BarePeer, to: string, count: number): void {
  const datagram = new Uint8Array(DATAGRAM_BYTES).fill(7);
  const began = performance.now();
  let sent = 0;
  const turn = (): void => {
    if (sent < (performance.now() - began) * DATAGRAMS_PER_MS) {
      peer.session.sendDatagram(to, SERVICE, datagram);
      peer.poke();
      sent++;
    }
    if (sent < count) setImmediate(turn);
    else tell({ kind: "offered" });
  };
  turn();
}

function obey(peer: BarePeer, order: Order): void {
  if (order.kind === "link") peer.link.addStaticLink(order.endpoint);
  else if (order.kind === "usage") {
    const { user, system } = process.cpuUsage();
    tell({ kind: "usage", cpuUs: user + system, rssBytes: process.memoryUsage.rss() });
  } else if (order.kind === "datagrams") sendDatagrams(peer, order.to, order.count);
  else if (order.kind === "send") sendStream(peer, order.to, order.bytes);
  peer.poke();
}

function sendStream(peer: BarePeer, to: string, bytes: number): void {
  const piece = new Uint8Array(PIECE_BYTES).fill(7);
  const began = performance.now();
  let left = bytes;
  const pump = (stream: Stream): void => {
    while (left > 0) {
      left -= PIECE_BYTES;
      if (!stream.write(piece)) return;
    }
    stream.end();
  };
  const stream = peer.session.openStream(to, SERVICE, {
    onData: () => {},
    onEnd: () => tell({ kind: "sent", ms: performance.now() - began }),
    onDrain: () => stream !== undefined && pump(stream),
    onClose: (reason) => {
      if (reason !== "done") throw new Error(reason);
    },
  });
  assert(stream !== undefined, "there is room for a stream");
  pump(stream);
}
