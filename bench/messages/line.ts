import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { FrameSplitter, framePrefix } from "../../src/adapters/node/tcp-framing.ts";
import { concatBytes } from "../../src/base/bytes.ts";
import {
  type LocalIdentity,
  makeLocalIdentity,
  type PeerId,
  type PeerRecord,
} from "../../src/identity/index.ts";
import { type LinkEvents, LinkManager } from "../../src/link/index.ts";
import {
  type Endpoint,
  type Random,
  SILENT_LOG,
  type Timed,
  type Transport,
  type TransportEvents,
} from "../../src/ports/index.ts";
import { type Path, Router } from "../../src/routing/index.ts";
import { ManualClock, testRandom } from "../../src/testing/index.ts";

const suite = createNodeSuite();
const LATENCY_MS = 20;

/** Bytes that went over a line, both ways. */
export interface LineCount {
  bytes: number;
}

/** A node of the line: link and routing of the product, and what came in for it. */
export interface LineNode {
  readonly identity: LocalIdentity;
  readonly link: LinkManager;
  readonly routing: Router;
  readonly clock: ManualClock;
  readonly random: Random;
  /** Takes the payloads of packets that are for this node. */
  onPacket: (payload: Uint8Array, back?: Path) => void;
  /** Told when a peer can be reached. */
  onReachable: (id: PeerId, record: PeerRecord) => void;
  /** Further rooms that want to be woken. */
  readonly rooms: Timed[];
}

/**
 * Nodes in a row, each joined with the next by a serial line: the product's link and routing rooms
 * and its framing of byte streams, in virtual time. Every byte on every line is counted.
 */
export class Line {
  readonly clock: ManualClock = new ManualClock(1_000);
  readonly nodes: LineNode[] = [];
  readonly counts: LineCount[] = [];
  readonly #queue: { readonly atMs: number; readonly run: () => void }[] = [];

  /**
   * @param bitsPerSecond what each line says that it carries; undefined: nothing, as TCP does
   * @param attach gives the nodes what they have besides link and routing
   */
  constructor(
    label: string,
    nodeCount: number,
    bitsPerSecond: number | undefined,
    attach: (nodes: readonly LineNode[]) => void = () => {},
  ) {
    const ends = Array.from({ length: nodeCount }, (): SerialEnd[] => []);
    const later = (run: () => void): void => this.#later(run);
    for (let i = 0; i + 1 < nodeCount; i++) {
      const count = { bytes: 0 };
      this.counts.push(count);
      const [left, right] = SerialEnd.pair({ index: i, count, bitsPerSecond, later });
      ends[i]?.push(left);
      ends[i + 1]?.push(right);
    }
    for (const [i, transports] of ends.entries()) this.nodes.push(this.#node(label, i, transports));
    attach(this.nodes);
    for (const [i, { link }] of this.nodes.entries()) {
      link.start();
      if (i + 1 < nodeCount) link.addStaticLink(`serial${i}://line`);
    }
    this.run(30_000);
  }

  /** Bytes on all lines so far. */
  get bytes(): number {
    return this.counts.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Lets virtual time pass, doing everything that falls due. */
  run(durationMs: number): void {
    const endMs = this.clock.monotonicMs() + durationMs;
    const rooms = this.nodes.flatMap((node) => [node.link, node.routing, ...node.rooms]);
    for (;;) {
      const dueMs = Math.min(
        this.#queue[0]?.atMs ?? Number.POSITIVE_INFINITY,
        ...rooms.map((room) => room.nextDeadlineMs()),
      );
      if (dueMs > endMs) break;
      this.clock.advance(Math.max(0, dueMs - this.clock.monotonicMs()));
      const nowMs = this.clock.monotonicMs();
      while ((this.#queue[0]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs)
        this.#queue.shift()?.run();
      for (const room of rooms) if (room.nextDeadlineMs() <= nowMs) room.tick();
    }
    this.clock.advance(endMs - this.clock.monotonicMs());
  }

  #later(run: () => void): void {
    this.#queue.push({ atMs: this.clock.monotonicMs() + LATENCY_MS, run });
  }

  #node(label: string, index: number, transports: readonly SerialEnd[]): LineNode {
    const random = testRandom(`${label} ${index}`);
    const identity = makeLocalIdentity(suite, random.bytes(32), random.bytes(32));
    const common = { identity, suite, clock: this.clock, random, log: SILENT_LOG };
    const events: LinkEvents = {
      onNeighbourUp: (neighbour) => routing.linkEvents.onNeighbourUp(neighbour),
      onNeighbourDown: (id, reason) => routing.linkEvents.onNeighbourDown(id, reason),
      onNeighbourChanged: (neighbour) => routing.linkEvents.onNeighbourChanged(neighbour),
      onControl: (from, message) => routing.linkEvents.onControl(from, message),
      onPacket: (from, header, payload) => routing.linkEvents.onPacket(from, header, payload),
    };
    const link = new LinkManager({ ...common, transports, discovery: false, events });
    const ignore = (): void => {};
    const routing: Router = new Router({
      ...{ ...common, name: `node ${index}`, seqno: 1, link, reserveSeqno: ignore },
      events: {
        onPacket: (payload, back) => node.onPacket(payload, back),
        onReachable: (id, record) => node.onReachable(id, record),
        onUnreachable: ignore,
        onWayChanged: ignore,
      },
    });
    const about = { identity, link, routing, random, clock: this.clock, rooms: [] };
    const node: LineNode = { ...about, onPacket: ignore, onReachable: ignore };
    for (const transport of transports) transport.events = link.transportEvents(transport);
    return node;
  }
}

interface SerialOptions {
  readonly index: number;
  readonly count: LineCount;
  readonly bitsPerSecond: number | undefined;
  readonly later: (run: () => void) => void;
}

/** One end of a serial line: frames are cut out of the bytes as on any stream. */
class SerialEnd implements Transport {
  readonly scheme: string;
  readonly frameBytesMax = 65_535;
  readonly reliable = true;
  readonly bitsPerSecond?: number;
  events: TransportEvents | undefined;
  #far: SerialEnd | undefined;
  readonly #endpoint: Endpoint;
  readonly #count: LineCount;
  readonly #later: (run: () => void) => void;
  readonly #splitter: FrameSplitter;

  private constructor({ index, count, bitsPerSecond, later }: SerialOptions) {
    this.scheme = `serial${index}`;
    this.#endpoint = `serial${index}://line`;
    this.#count = count;
    this.#later = later;
    if (bitsPerSecond !== undefined) this.bitsPerSecond = bitsPerSecond;
    this.#splitter = new FrameSplitter((frame) => this.events?.onFrame(this.#endpoint, frame));
  }

  /** Both ends of a line. */
  static pair(options: SerialOptions): readonly [SerialEnd, SerialEnd] {
    const [left, right] = [new SerialEnd(options), new SerialEnd(options)];
    left.#far = right;
    right.#far = left;
    return [left, right];
  }

  canDial(endpoint: Endpoint): boolean {
    return endpoint === this.#endpoint;
  }

  send(_endpoint: Endpoint, frame: Uint8Array): boolean {
    const bytes = concatBytes(framePrefix(frame.length), frame);
    this.#count.bytes += bytes.length;
    const far = this.#far;
    this.#later(() => {
      far?.take(bytes);
    });
    return true;
  }

  /** Bytes that came over the line. */
  take(bytes: Uint8Array): void {
    this.#splitter.push(bytes);
  }

  open(endpoint: Endpoint): void {
    this.#later(() => {
      this.#far?.events?.onOpened(endpoint);
      this.events?.onOpened(endpoint);
    });
  }

  broadcast(): void {}

  close(): void {}

  reachableAt(): readonly Endpoint[] {
    return [];
  }
}
