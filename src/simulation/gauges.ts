import { SimulationError } from "./errors.ts";
import type { SimPeer } from "./sim-peer.ts";

/** What a peer may still hold when nothing is going on, next to what its neighbourhood explains. */
const RESTING = { halfOpen: 8, reassemblyBytes: 0, waitingStreams: 0, unconfirmedSessions: 4 };
/** Sessions with and streams to one other peer at rest. */
const PER_PEER = { links: 4, sessions: 4, streams: 12 };

/**
 * Checks that tables and queues of every peer at rest are as small as its neighbourhood explains.
 * @throws SimulationError("broken-promise") naming the first that is not
 */
export function checkGauges(peers: readonly SimPeer[]): void {
  const others = peers.length - 1;
  for (const peer of peers) {
    peer.act(({ link, session, routing }) => {
      const { links, halfOpen, reassemblyBytes } = link.stats();
      const { sessions, streams, waitingStreams, unconfirmedSessions } = session.stats();
      const gauges: readonly (readonly [string, number, number])[] = [
        ["half-open handshakes", halfOpen, RESTING.halfOpen],
        ["bytes in reassembly", reassemblyBytes, RESTING.reassemblyBytes],
        ["links", links, PER_PEER.links * others],
        ["sessions", sessions, PER_PEER.sessions * others],
        ["streams", streams, PER_PEER.streams * others],
        ["waiting streams", waitingStreams, RESTING.waitingStreams],
        ["unconfirmed sessions", unconfirmedSessions, RESTING.unconfirmedSessions],
        ["routes", routing.routes().length, others],
      ];
      for (const [what, value, most] of gauges) {
        if (value <= most) continue;
        const words = `place ${peer.place} has ${value} ${what} at rest, more than ${most}`;
        throw new SimulationError("broken-promise", words);
      }
    });
  }
}
