import { assert } from "../../src/base/errors.ts";
import type { Stream } from "../../src/session/index.ts";
import { type BarePeer, startBarePeer } from "./bare-peer.ts";

/** What the parent tells a child. */
export type Order =
  | { readonly kind: "link"; readonly endpoint: string }
  | { readonly kind: "send"; readonly to: string; readonly bytes: number }
  | { readonly kind: "usage" };

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
  | { readonly kind: "usage"; readonly cpuUs: number; readonly rssBytes: number };

const SERVICE = "bench";
const PIECE_BYTES = 64 << 10;

/** The life of one peer process: does what the parent orders. */
export async function runChild(): Promise<void> {
  const peer = await startBarePeer("bench");
  peer.session.serve(SERVICE, (stream) => ({
    onData: (bytes) => {
      stream.consume(bytes.length);
    },
    onEnd: () => stream.end(),
    onDrain: () => {},
    onClose: () => {},
  }));
  process.on("message", (order: Order) => obey(peer, order));
  process.on("disconnect", () => process.exit(0));
  setInterval(() => {
    tell({ kind: "reachable", ids: peer.routing.routes().map(({ destination }) => destination) });
  }, 100).unref();
  const { udpPort, tcpPort } = peer;
  tell({ kind: "ready", id: peer.identity.id, udpPort, tcpPort });
}

function tell(report: Report): void {
  process.send?.(report);
}

function obey(peer: BarePeer, order: Order): void {
  if (order.kind === "link") peer.link.addStaticLink(order.endpoint);
  else if (order.kind === "usage") {
    const { user, system } = process.cpuUsage();
    tell({ kind: "usage", cpuUs: user + system, rssBytes: process.memoryUsage.rss() });
  } else sendStream(peer, order.to, order.bytes);
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
