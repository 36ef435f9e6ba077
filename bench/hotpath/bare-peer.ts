import { createNodeClock } from "../../src/adapters/node/clock.ts";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { Driver } from "../../src/adapters/node/driver.ts";
import { createNodeRandom } from "../../src/adapters/node/random.ts";
import { createTcpTransport } from "../../src/adapters/node/tcp.ts";
import { createUdpTransport } from "../../src/adapters/node/udp.ts";
import { type LocalIdentity, makeLocalIdentity } from "../../src/identity/index.ts";
import { type LinkEvents, LinkManager } from "../../src/link/index.ts";
import { earliestMs, tickDue, tickDueMs } from "../../src/peer/deadlines.ts";
import { type Log, SILENT_LOG, type Timed, type TransportEvents } from "../../src/ports/index.ts";
import { Router } from "../../src/routing/index.ts";
import { SessionManager } from "../../src/session/index.ts";

/** Link, routing and sessions over real sockets, driven as in a whole peer, and nothing else. */
export interface BarePeer {
  readonly identity: LocalIdentity;
  readonly link: LinkManager;
  readonly routing: Router;
  readonly session: SessionManager;
  readonly udpPort: number;
  readonly tcpPort: number;
  /** To be called after calls from outside. */
  poke(): void;
}

/** Starts a peer with a fresh identity, whose links repair what they lose, as all do. */
export async function startBarePeer(name: string, log: Log = SILENT_LOG): Promise<BarePeer> {
  const suite = createNodeSuite();
  const random = createNodeRandom();
  const clock = createNodeClock();
  const identity = makeLocalIdentity(suite, random.bytes(32), random.bytes(32));
  let live: readonly TransportEvents[] = [];
  let poke = (): void => {};
  let driver: Driver | undefined;
  const events = (index: number): TransportEvents => ({
    onFrame: (endpoint, frame) => {
      live[index]?.onFrame(endpoint, frame);
      driver?.packetCame();
    },
    onRun: (endpoint, run) => {
      live[index]?.onRun?.(endpoint, run);
      driver?.packetCame();
    },
    onOpened: (endpoint) => {
      live[index]?.onOpened(endpoint);
      poke();
    },
    onClosed: (endpoint, reason) => {
      live[index]?.onClosed(endpoint, reason);
      poke();
    },
    onUnreachable: (endpoint) => {
      live[index]?.onUnreachable(endpoint);
      poke();
    },
  });
  const onWarning = (): void => {};
  const udp = await createUdpTransport({
    events: events(0),
    discovery: false,
    onWarning,
    turns: { onBegin: () => driver?.turnBegins(), onEnd: () => driver?.turn() },
  });
  const tcp = await createTcpTransport({
    events: events(1),
    listen: ["tcp://127.0.0.1:0"],
    onWarning,
  });
  const common = { identity, suite, clock, random, log };
  const linkEvents: LinkEvents = {
    onNeighbourUp: (neighbour) => routing.linkEvents.onNeighbourUp(neighbour),
    onNeighbourDown: (id, reason) => routing.linkEvents.onNeighbourDown(id, reason),
    onNeighbourChanged: (neighbour) => routing.linkEvents.onNeighbourChanged(neighbour),
    onControl: (from, message) => routing.linkEvents.onControl(from, message),
    onPacket: (from, header, payload) => routing.linkEvents.onPacket(from, header, payload),
  };
  const transports = [udp, tcp];
  const link = new LinkManager({
    ...{ ...common, transports, discovery: false, repairsLosses: true },
    events: linkEvents,
  });
  const routing: Router = new Router({
    ...{ ...common, name, seqno: 1, link, reserveSeqno: () => {} },
    events: {
      onPacket: (payload, back) => session.packet(payload, back),
      onReachable: (id) => session.peerReachable(id),
      onUnreachable: (id) => session.peerUnreachable(id),
      onWayChanged: (id) => session.wayChanged(id),
    },
  });
  const session: SessionManager = new SessionManager({ ...common, routing, paths: routing.paths });
  const rooms: readonly Timed[] = [link, routing, session];
  const made = new Driver(
    {
      nextDeadlineMs: () => earliestMs(rooms),
      tick: () => tickDue(rooms, clock),
      packetsTaken: () => {
        const nextMs = tickDueMs(rooms, clock);
        return session.takeStreamNews() ? -1 : nextMs;
      },
    },
    () => clock.monotonicMs(),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
  driver = made;
  poke = () => made.poke();
  live = transports.map((transport) => link.transportEvents(transport));
  link.start();
  poke();
  const tcpPort = Number(tcp.reachableAt()[0]?.split(":").at(-1) ?? 0);
  return { identity, link, routing, session, udpPort: udp.ports.ipv4, tcpPort, poke };
}
