import { concatBytes, fromUtf8, utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  type PeerId,
  type PeerRecord,
} from "../identity/index.ts";
import { type Clock, type Random, SILENT_LOG } from "../ports/index.ts";
import type { RouteInfo, RoutingPort } from "../routing/index.ts";
import { SessionManager } from "./manager.ts";
import type { SessionOptions, Stream, StreamCloseReason, StreamEvents } from "./types.ts";

/** What goes wrong on the way; probabilities of 0 … 1. For tests of this room only. */
export interface WorldFaults {
  loss: number;
  duplicate: number;
  corrupt: number;
  delayMs: number;
  /** Extra delay drawn anew for each packet, which reorders. */
  jitterMs: number;
  /** What the way to each peer carries; the rest queues there without end. */
  bytesPerMs: number;
  /** No packet passes. */
  cut: boolean;
  packetBytesMax: number;
}

/** Sessions that a peer of the world has with all others together: few, to be filled soon. */
export const WORLD_SESSIONS_MAX = 256;

/** First bytes of data and probe packets, in both key phases. */
const DATA_TYPES: ReadonlySet<number> = new Set([0x53, 0x54, 0x5b, 0x5c]);

/** A clock that the world moves. */
export interface WorldClock extends Clock {
  advance(ms: number): void;
}

interface Flight {
  readonly atMs: number;
  readonly order: number;
  readonly to: PeerId;
  readonly bytes: Uint8Array;
}

/** What one peer has otherwise than the rest of its world. */
export type SpecialOptions = Partial<
  Pick<SessionOptions, "suite" | "keyLimits" | "heldBytesMax" | "onAnswers">
>;

/** One peer of the world: an identity and, while it runs, a manager. */
export class WorldPeer {
  readonly identity: LocalIdentity;
  readonly record: PeerRecord;
  manager: SessionManager;
  reachable = true;
  readonly #world: TestWorld;
  readonly #random: Random;
  readonly #special: SpecialOptions;

  constructor(
    world: TestWorld,
    identity: LocalIdentity,
    random: Random,
    special: SpecialOptions = {},
  ) {
    this.#world = world;
    this.#random = random;
    this.#special = special;
    this.identity = identity;
    const bytes = encodePeerRecord(identity, { name: "test", seqno: 1 });
    this.record = decodePeerRecord(world.suite, bytes);
    this.manager = this.#boot();
  }

  get id(): PeerId {
    return this.identity.id;
  }

  /** Loses all memory, as a crash does. */
  restart(): void {
    this.manager = this.#boot();
  }

  #boot(): SessionManager {
    const world = this.#world;
    const routing: RoutingPort = {
      send: (to, payload) => world.send(to, payload),
      record: (id) => world.reachableRecord(id),
      route: (): RouteInfo | undefined => undefined,
      routes: () => [],
      payloadBytesMax: () => world.faults.packetBytesMax,
    };
    return new SessionManager({
      identity: this.identity,
      suite: world.suite,
      clock: world.clock,
      random: this.#random.fork("session"),
      log: SILENT_LOG,
      routing,
      sessionsMax: WORLD_SESSIONS_MAX,
      ...this.#special,
    });
  }
}

/** Managers joined by an unreliable packet service in virtual time; a seed repeats every run. */
export class TestWorld {
  readonly suite: CryptoSuite;
  readonly clock: WorldClock;
  readonly faults: WorldFaults = {
    loss: 0,
    duplicate: 0,
    corrupt: 0,
    delayMs: 5,
    jitterMs: 0,
    bytesPerMs: Number.POSITIVE_INFINITY,
    cut: false,
    packetBytesMax: 1_200,
  };
  /** Called for every packet sent, before faults. */
  onSend: ((to: PeerId, bytes: Uint8Array) => void) | undefined;
  /** Packets sent so far. */
  sentCount = 0;
  readonly #random: Random;
  readonly #peers: Map<PeerId, WorldPeer> = new Map();
  /** Until when the way to a peer is taken up by packets before. */
  readonly #busyUntilMs: Map<PeerId, number> = new Map();
  #flights: Flight[] = [];
  #order = 0;

  constructor(suite: CryptoSuite, clock: WorldClock, random: Random) {
    this.suite = suite;
    this.clock = clock;
    this.#random = random;
  }

  add(identity: LocalIdentity, special?: SpecialOptions): WorldPeer {
    const peer = new WorldPeer(this, identity, this.#random.fork(identity.id), special);
    this.#peers.set(peer.id, peer);
    return peer;
  }

  reachableRecord(id: PeerId): PeerRecord | undefined {
    const peer = this.#peers.get(id);
    return peer?.reachable === true ? peer.record : undefined;
  }

  send(to: PeerId, payload: Uint8Array): boolean {
    this.sentCount++;
    this.onSend?.(to, payload);
    const isData = DATA_TYPES.has(payload[0] ?? 0);
    if (isData && payload.length > this.faults.packetBytesMax) {
      throw new RangeError(`A packet of ${payload.length} bytes is above the path's maximum.`);
    }
    if (this.#peers.get(to)?.reachable !== true) return false;
    if (this.faults.cut || this.#chance(this.faults.loss)) return true;
    this.inject(to, payload);
    if (this.#chance(this.faults.duplicate)) this.inject(to, payload);
    return true;
  }

  /** Puts a packet on its way, subject to delay and corruption. */
  inject(to: PeerId, payload: Uint8Array): void {
    const bytes = payload.slice();
    if (this.#chance(this.faults.corrupt)) {
      const at = this.#random.u32() % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (this.#random.u32() % 8));
    }
    const jitter = this.faults.jitterMs > 0 ? this.#random.u32() % this.faults.jitterMs : 0;
    const nowMs = this.clock.monotonicMs();
    const leavesMs = Math.max(nowMs, this.#busyUntilMs.get(to) ?? 0);
    const passedMs = leavesMs + bytes.length / this.faults.bytesPerMs;
    this.#busyUntilMs.set(to, passedMs);
    const atMs = passedMs + this.faults.delayMs + jitter;
    const flight = { atMs, order: this.#order++, to, bytes };
    let at = this.#flights.length;
    while (at > 0 && (this.#flights[at - 1]?.atMs ?? 0) > atMs) at--;
    this.#flights.splice(at, 0, flight);
  }

  /** Runs until `done` says so or `limitMs` have passed. @returns the milliseconds it took */
  run(limitMs: number, done: () => boolean = () => false): number {
    const startMs = this.clock.monotonicMs();
    let stepsAtOnce = 0;
    while (!done()) {
      const nowMs = this.clock.monotonicMs();
      const next = Math.min(this.#flights[0]?.atMs ?? Number.POSITIVE_INFINITY, this.deadlineMs());
      if (next > startMs + limitMs) {
        this.clock.advance(startMs + limitMs - nowMs);
        break;
      }
      stepsAtOnce = next > nowMs ? 0 : stepsAtOnce + 1;
      if (stepsAtOnce > 100_000) throw new RangeError("The world spins without time passing.");
      if (next > nowMs) this.clock.advance(next - nowMs);
      this.#step();
    }
    return this.clock.monotonicMs() - startMs;
  }

  /** The nearest deadline of any manager. */
  deadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const peer of this.#peers.values()) next = Math.min(next, peer.manager.nextDeadlineMs());
    return next;
  }

  #step(): void {
    const nowMs = this.clock.monotonicMs();
    const due = this.#flights.findIndex((flight) => flight.atMs > nowMs);
    const arrived = this.#flights.splice(0, due < 0 ? this.#flights.length : due);
    for (const flight of arrived) this.#peers.get(flight.to)?.manager.packet(flight.bytes);
    for (const peer of this.#peers.values()) {
      if (peer.manager.nextDeadlineMs() <= nowMs) peer.manager.tick();
    }
  }

  #chance(probability: number): boolean {
    return probability > 0 && this.#random.u32() < probability * 0x1_0000_0000;
  }
}

/** Collects what a stream does; consumes at once unless told otherwise. */
export class StreamProbe implements StreamEvents {
  readonly chunks: Uint8Array[] = [];
  stream: Stream | undefined;
  consumes = true;
  bytes = 0;
  ended = false;
  drains = 0;
  closed: StreamCloseReason | undefined;
  closeCount = 0;
  /** Called after bytes were taken in. */
  react: ((bytes: Uint8Array) => void) | undefined;
  /** Called when the stream may be written to again. */
  refill: (() => void) | undefined;
  /** Called when the other side has ended. */
  finish: (() => void) | undefined;

  onData(bytes: Uint8Array): void {
    this.#checkOpen();
    this.chunks.push(bytes.slice());
    this.bytes += bytes.length;
    if (this.consumes) this.stream?.consume(bytes.length);
    this.react?.(bytes);
  }

  onEnd(): void {
    this.#checkOpen();
    this.ended = true;
    this.finish?.();
  }

  onDrain(): void {
    this.#checkOpen();
    this.drains++;
    this.refill?.();
  }

  onClose(reason: StreamCloseReason): void {
    this.closed = reason;
    this.closeCount++;
  }

  #checkOpen(): void {
    if (this.closed !== undefined) throw new RangeError("An event came after onClose.");
  }
}

/** Accepts streams of `service` at a peer; the probes fill up as they come. */
export function serve(
  peer: WorldPeer,
  service: string,
  prepare?: (probe: StreamProbe) => void,
): StreamProbe[] {
  const probes: StreamProbe[] = [];
  peer.manager.serve(service, (stream) => {
    const probe = new StreamProbe();
    probe.stream = stream;
    probes.push(probe);
    prepare?.(probe);
    return probe;
  });
  return probes;
}

/** Opens a stream and writes a text to it; the probe has no stream where that was refused. */
export function open(from: WorldPeer, to: WorldPeer, service: string, text = ""): StreamProbe {
  const probe = new StreamProbe();
  probe.stream = from.manager.openStream(to.id, service, probe);
  if (text !== "") probe.stream?.write(utf8(text));
  return probe;
}

/** What a probe received, as text. */
export function textOf(probe: StreamProbe | undefined): string | undefined {
  return fromUtf8(concatBytes(...(probe?.chunks ?? [])));
}
