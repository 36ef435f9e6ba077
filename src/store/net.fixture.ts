import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PeerId, PeerRecord } from "../identity/index.ts";
import { type Clock, type Random, SILENT_LOG } from "../ports/index.ts";
import type { RouteInfo, RoutingPort } from "../routing/index.ts";
import type {
  SessionPort,
  Stream,
  StreamAcceptor,
  StreamCloseReason,
  StreamEvents,
} from "../session/index.ts";
import { TestBlocks, TestDisk, TestRecords } from "./disk.fixture.ts";
import type { StoreOptions } from "./options.ts";
import { Store } from "./store.ts";
import type { StoreProgress } from "./types.ts";

/** A clock that a test moves. */
export interface MovableClock extends Clock {
  advance(ms: number): void;
}

/** What the tests of this room take from the testing room, which stands beside it. */
export interface TestKit {
  readonly suite: CryptoSuite;
  readonly clock: MovableClock;
  readonly random: (seed: string) => Random;
  readonly identity: (label: string) => LocalIdentity;
}

/** Bytes that a test stream lets one side send ahead. */
const WINDOW_BYTES = 200_000;
/** Bytes that arrive at once; odd, so that messages are cut anywhere. */
const CHUNK_BYTES = 30_011;

/** What passes between two looks at the clock, in milliseconds: a timer never comes on the dot. */
const LOOK_MS = 1;

/** Peers with stores, and sessions between all that are up. Everything happens in one queue. */
export class TestNet {
  readonly kit: TestKit;
  readonly peers: TestPeer[] = [];
  /** Most bytes written and not yet delivered on one stream. */
  queuedBytesPeak = 0;
  readonly #tasks: (() => void)[] = [];

  constructor(kit: TestKit) {
    this.kit = kit;
  }

  readonly later = (task: () => void): void => {
    this.#tasks.push(task);
  };

  /** Adds a peer with a store that has loaded; the others learn of it. */
  add(options: Partial<StoreOptions> = {}, disk: TestDisk = new TestDisk()): TestPeer {
    const peer = new TestPeer(this, `peer ${this.peers.length}`, disk, options);
    this.peers.push(peer);
    peer.store.load((error) => {
      if (error !== undefined) throw error;
      peer.isLoaded = true;
    });
    this.until(() => peer.isLoaded);
    for (const other of this.peers) {
      if (other !== peer && other.isUp) other.store.peerReachable(peer.id);
    }
    return peer;
  }

  /** Adds several. */
  addMany(count: number, options: Partial<StoreOptions> = {}): TestPeer[] {
    return Array.from({ length: count }, () => this.add(options));
  }

  /** A peer is gone at once; its sessions die, the others hear of it. */
  kill(peer: TestPeer): void {
    peer.isUp = false;
    peer.session.die();
    for (const other of this.peers) if (other.isUp) other.store.peerUnreachable(peer.id);
  }

  find(id: PeerId): TestPeer | undefined {
    return this.peers.find((peer) => peer.id === id && peer.isUp);
  }

  /** Runs until the condition holds. False: nothing more happens within `maxMs`. */
  until(condition: () => boolean, maxMs = 60_000): boolean {
    const end = this.kit.clock.monotonicMs() + maxMs;
    for (;;) {
      if (condition()) return true;
      const task = this.#tasks.shift();
      if (task !== undefined) {
        task();
        continue;
      }
      const next = Math.min(...this.peers.map(({ deadlineMs }) => deadlineMs));
      const now = this.kit.clock.monotonicMs();
      if (next > end) {
        this.kit.clock.advance(Math.max(0, end - now));
        return condition();
      }
      this.kit.clock.advance(Math.max(0, next - now) + LOOK_MS);
      const isDue = (peer: TestPeer) => peer.deadlineMs <= this.kit.clock.monotonicMs();
      for (const peer of this.peers) if (isDue(peer)) peer.store.tick();
    }
  }

  /** Lets everything happen that happens within this time. */
  settle(maxMs = 10_000): void {
    this.until(() => false, maxMs);
  }

  /** Carries out what waits, without letting time pass. */
  drain(): void {
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) task();
  }
}

/** One peer with its store. */
export class TestPeer {
  readonly id: PeerId;
  readonly store: Store;
  readonly disk: TestDisk;
  readonly session: TestSession;
  readonly progress: StoreProgress[] = [];
  /** Peers that it cannot see. */
  readonly hidden: Set<PeerId> = new Set();
  isUp = true;
  isLoaded = false;

  constructor(net: TestNet, label: string, disk: TestDisk, options: Partial<StoreOptions>) {
    const { kit } = net;
    const identity = options.identity ?? kit.identity(label);
    this.id = identity.id;
    this.disk = disk;
    this.session = new TestSession(net, this);
    this.store = new Store({
      identity,
      suite: kit.suite,
      clock: kit.clock,
      random: kit.random(`${label} ${disk.operations}`),
      log: SILENT_LOG,
      records: new TestRecords(disk, net.later),
      blocks: new TestBlocks(disk, net.later),
      routing: new TestRouting(net, this),
      session: this.session,
      quotaBytes: 1 << 30,
      events: {
        onProgress: (progress) => this.progress.push(progress),
        onObjectChanged: () => {},
      },
      ...options,
    });
  }

  /** When its store wants to be woken: never, where it does not run. */
  get deadlineMs(): number {
    return this.isUp && this.isLoaded ? this.store.nextDeadlineMs() : Number.POSITIVE_INFINITY;
  }

  /** Number of fragments of an object here, by its records. */
  fragments(root: string): number {
    const prefix = `store/fragment/${root}/`;
    return [...this.disk.records.keys()].filter((key) => key.startsWith(prefix)).length;
  }
}

class TestRouting implements RoutingPort {
  readonly #net: TestNet;
  readonly #peer: TestPeer;

  constructor(net: TestNet, peer: TestPeer) {
    this.#net = net;
    this.#peer = peer;
  }

  send(): boolean {
    return false;
  }

  record(): PeerRecord | undefined {
    return undefined;
  }

  route(id: PeerId): RouteInfo | undefined {
    return this.routes().find((route) => route.destination === id);
  }

  routes(): readonly RouteInfo[] {
    const seen = this.#net.peers.filter(
      (peer) =>
        peer.isUp && peer.isLoaded && peer !== this.#peer && !this.#peer.hidden.has(peer.id),
    );
    return seen.map((peer) => ({
      destination: peer.id,
      metric: 1,
      hops: 1,
      nextHop: peer.id,
      alternate: undefined,
      record: recordOf(peer.id),
    }));
  }

  payloadBytesMax(): number {
    return 1200;
  }
}

function recordOf(id: PeerId): PeerRecord {
  const none = new Uint8Array(0);
  const person = { personId: "", signKey: none, dhKey: none, signature: none, via: [] };
  const nothing = { name: "", chain: undefined, bytes: none };
  return { id, signKey: none, dhKey: none, seqno: 1, person, ...nothing };
}

/** Sessions between test peers: streams with windows, in order, without loss. */
export class TestSession implements SessionPort {
  /** Turns what this peer sends into something else, for hostile tests. */
  tamper: ((bytes: Uint8Array) => Uint8Array) | undefined;
  /** Whether what this peer sends never arrives. */
  isSilent = false;
  readonly #net: TestNet;
  readonly #peer: TestPeer;
  readonly #acceptors: Map<string, StreamAcceptor> = new Map();
  readonly #streams: Set<TestStream> = new Set();
  #nextId = 0;

  constructor(net: TestNet, peer: TestPeer) {
    this.#net = net;
    this.#peer = peer;
  }

  /** Streams that are open now. */
  get streams(): ReadonlySet<Stream> {
    return this.#streams;
  }

  openStream(to: PeerId, service: string, events: StreamEvents): Stream | undefined {
    const mine = new TestStream(this.#net, this, this.#nextId++, to, service);
    mine.events = events;
    this.#streams.add(mine);
    this.#net.later(() => {
      const other = this.#net.find(to);
      if (other === undefined) mine.lose();
      // A stream that was reset at once is never seen by the other side.
      else if (this.#streams.has(mine)) other.session.accept(this.#peer.id, mine);
    });
    return mine;
  }

  /** Takes the other end of a stream. */
  accept(from: PeerId, other: TestStream): void {
    const mine = new TestStream(this.#net, this, this.#nextId++, from, other.service);
    const events = this.#acceptors.get(other.service)?.(mine, recordOf(from));
    if (events === undefined) {
      other.closed("refused");
      return;
    }
    mine.events = events;
    this.#streams.add(mine);
    mine.pair(other);
    other.pair(mine);
  }

  readonly hasDatagramRoom = (): boolean => true;
  readonly sendDatagram = (): boolean => false;

  serve(service: string, acceptor: StreamAcceptor): void {
    this.#acceptors.set(service, acceptor);
  }

  serveDatagrams(): void {}

  roundTripMs(): number | undefined {
    return undefined;
  }

  /** All streams end as when the other machine is gone. */
  die(): void {
    for (const stream of [...this.#streams]) stream.lose();
  }

  /** A stream is over. */
  forget(stream: TestStream): void {
    this.#streams.delete(stream);
  }
}

/** One end of a test stream. */
export class TestStream implements Stream {
  readonly id: number;
  readonly peer: PeerId;
  readonly service: string;
  events: StreamEvents | undefined;
  readonly #net: TestNet;
  readonly #session: TestSession;
  #other: TestStream | undefined;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #creditBytes: number = WINDOW_BYTES;
  #wantsDrain = false;
  #isEnding = false;
  #isOver = false;

  constructor(net: TestNet, session: TestSession, id: number, peer: PeerId, service: string) {
    this.#net = net;
    this.#session = session;
    this.id = id;
    this.peer = peer;
    this.service = service;
  }

  get unacknowledgedBytes(): number {
    return this.#queuedBytes;
  }

  pair(other: TestStream): void {
    this.#other = other;
    this.#pump();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isOver) return false;
    this.#queue.push(this.#session.tamper?.(bytes.slice()) ?? bytes.slice());
    this.#queuedBytes += bytes.length;
    this.#net.queuedBytesPeak = Math.max(this.#net.queuedBytesPeak, this.#queuedBytes);
    this.#wantsDrain = this.#queuedBytes > WINDOW_BYTES;
    this.#pump();
    return !this.#wantsDrain;
  }

  end(): void {
    this.#isEnding = true;
    this.#pump();
  }

  reset(): void {
    if (this.#isOver) return;
    const other = this.#other;
    this.closed("reset");
    this.#net.later(() => other?.closed("reset"));
  }

  consume(byteCount: number): void {
    const other = this.#other;
    this.#net.later(() => other?.allow(byteCount));
  }

  /** The other side has dealt with bytes. */
  allow(byteCount: number): void {
    this.#creditBytes += byteCount;
    this.#pump();
  }

  /** The session died. */
  lose(): void {
    const other = this.#other;
    this.closed("session-lost");
    other?.closed("session-lost");
  }

  closed(reason: StreamCloseReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#queue = [];
    this.#session.forget(this);
    this.#net.later(() => this.events?.onClose(reason));
  }

  #pump(): void {
    const other = this.#other;
    while (other !== undefined && !this.#isOver && this.#creditBytes > 0) {
      const first = this.#queue[0];
      if (first === undefined || this.#session.isSilent) break;
      const part = first.subarray(0, Math.min(CHUNK_BYTES, this.#creditBytes));
      if (part.length === first.length) this.#queue.shift();
      else this.#queue[0] = first.subarray(part.length);
      this.#creditBytes -= part.length;
      this.#queuedBytes -= part.length;
      this.#net.later(() => other.take(part));
    }
    if (this.#wantsDrain && this.#queuedBytes === 0) {
      this.#wantsDrain = false;
      this.#net.later(() => {
        if (!this.#isOver) this.events?.onDrain();
      });
    }
    if (this.#isEnding && this.#queue.length === 0) {
      this.#net.later(() => other?.ended());
      this.#isEnding = false;
    }
  }

  take(bytes: Uint8Array): void {
    if (!this.#isOver) this.events?.onData(bytes);
  }

  ended(): void {
    if (!this.#isOver) this.events?.onEnd();
  }
}
