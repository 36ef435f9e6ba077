import type { Lab } from "../../test/netns/lab.ts";
import { pause } from "../routing/netns-rig.ts";
import { type Carrier, peernetCarrier } from "./carriers.ts";
import { StreamPeer } from "./stream-peer.ts";
import { iperf, receivedMbps, serveIperf } from "./tools.ts";

/** Left out at the start of every transfer: all of them have to find their pace first. */
const WARM_SECONDS = 2;
const ENDLESS_BYTES = 1e12;
/** Host 1 on the only cable there is. */
export const FAR_END = "10.99.0.2";

/** Something that moves one bulk flow from host 0 to host 1. */
export interface Contender {
  readonly name: string;
  /** Mbit/s that arrive within so many seconds. */
  flow(lab: Lab, seconds: number): Promise<number>;
}

/** What goes on beside a flow: begins when that does, and is waited for. */
export type Beside = (lab: Lab) => Promise<unknown>;

/** One TCP connection of iperf3 over a mesh. */
export function tcpOver(carrier: Carrier, beside?: Beside): Contender {
  return {
    name: carrier.name,
    async flow(lab, seconds) {
      const { address } = await carrier.start(lab);
      await serveIperf(lab.host(1));
      const other = beside?.(lab);
      const words = ["-C", "cubic", "-t", String(seconds), "-O", String(WARM_SECONDS)];
      const report = iperf(lab.host(0), address, words, (seconds + 40) * 1_000);
      await Promise.all([report, other]);
      return receivedMbps(await report);
    },
  };
}

/** One TCP connection of the kernel, nothing in between. */
export function bareTcp(): Contender {
  return tcpOver({ name: "kernel", start: async () => ({ address: FAR_END, pids: [] }) });
}

/** Peernet's virtual interface. */
export function tunFlow(beside?: Beside): Contender {
  return { ...tcpOver(peernetCarrier(), beside), name: "tun" };
}

/** One stream of Peernet's sessions between two processes, without a virtual interface. */
export function streamFlow(beside?: Beside): Contender {
  return {
    name: "stream",
    async flow(lab, seconds) {
      const peers = lab.hosts.map(({ namespace }) => new StreamPeer({ namespace }));
      const [from, to] = peers;
      if (from === undefined || to === undefined) return Number.NaN;
      try {
        await Promise.all(peers.map((peer) => peer.hear("ready")));
        from.order({ kind: "link", endpoint: `udp://${FAR_END}:${to.udpPort}` });
        await from.reaches(to);
        const other = beside?.(lab);
        // Who waits for it below hears of it.
        other?.catch(() => undefined);
        from.order({ kind: "send", to: to.id, bytes: ENDLESS_BYTES });
        await pause(WARM_SECONDS * 1_000);
        const began = performance.now();
        const before = await to.ask("received");
        await pause(seconds * 1_000);
        const after = await to.ask("received");
        const mbps = ((after.bytes - before.bytes) * 8) / 1_000 / (performance.now() - began);
        await other;
        return mbps;
      } finally {
        for (const peer of peers) peer.process.kill("SIGKILL");
      }
    },
  };
}
