import type { FrameRun } from "../base/frame-run.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PeerId } from "../identity/index.ts";
import {
  type Clock,
  type Endpoint,
  type Random,
  SILENT_LOG,
  type Transport,
  type TransportEvents,
} from "../ports/index.ts";
import { LinkManager } from "./manager.ts";
import type { LinkEvents, NeighbourInfo } from "./types.ts";

/** What may happen to frames under way; shares are 0 … 1. */
export interface Weather {
  loss: number;
  duplicate: number;
  corrupt: number;
  /** Frames take between this … */
  latencyMs: number;
  /** … and this much longer, so that they overtake each other. */
  jitterMs: number;
}

/** A clock that a test moves by hand. */
export interface MovableClock extends Clock {
  advance(ms: number): void;
}

interface Delivery {
  readonly atMs: number;
  readonly run: () => void;
}

/** A network in memory for the tests of this room: virtual time, seeded faults, no sockets. */
export class TestNet {
  readonly clock: MovableClock;
  readonly weather: Weather = {
    loss: 0,
    duplicate: 0,
    corrupt: 0,
    latencyMs: 1,
    jitterMs: 0,
  };
  /** Endpoints that hear and say nothing at the moment. */
  readonly mute: Set<Endpoint> = new Set();
  /** Endpoints that read nothing until then, as a process that stands still. */
  readonly frozenUntilMs: Map<Endpoint, number> = new Map();
  readonly transports: Map<Endpoint, TestTransport> = new Map();
  readonly peers: TestPeer[] = [];
  readonly #random: Random;
  readonly #deliveries: Delivery[] = [];

  constructor(clock: MovableClock, random: Random) {
    this.clock = clock;
    this.#random = random;
  }

  /** True with this probability. */
  chance(share: number): boolean {
    return share > 0 && this.#random.u32() < share * 0x1_0000_0000;
  }

  /** Runs something after a while. */
  later(delayMs: number, run: () => void): void {
    const atMs = this.clock.monotonicMs() + delayMs;
    let at = this.#deliveries.length;
    while (at > 0 && (this.#deliveries[at - 1]?.atMs ?? 0) > atMs) at--;
    this.#deliveries.splice(at, 0, { atMs, run });
  }

  /** Carries a frame through the weather. */
  carry(from: Endpoint, to: Endpoint, frame: Uint8Array): void {
    const copies = this.chance(this.weather.duplicate) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      if (this.chance(this.weather.loss)) continue;
      const copy = frame.slice();
      if (this.chance(this.weather.corrupt)) {
        const at = this.#random.u32() % copy.length;
        copy[at] = (copy[at] ?? 0) ^ (1 << (this.#random.u32() % 8));
      }
      const { latencyMs, jitterMs } = this.weather;
      const share = this.#random.u32() / 0x1_0000_0000;
      this.later(latencyMs + jitterMs * share, () => this.#deliver(from, to, copy));
    }
  }

  /** Gives a transport another address, as a change of Wi-Fi would. */
  move(transport: TestTransport, endpoint: Endpoint): void {
    this.transports.delete(transport.endpoint);
    transport.endpoint = endpoint;
    this.transports.set(endpoint, transport);
  }

  /** Lets virtual time pass, doing everything that falls due on the way. */
  run(durationMs: number): void {
    const endMs = this.clock.monotonicMs() + durationMs;
    for (let steps = 0; ; steps++) {
      if (steps > 5_000_000) throw new RangeError("The network never comes to rest.");
      const next = Math.min(
        this.#deliveries[0]?.atMs ?? Number.POSITIVE_INFINITY,
        ...this.peers.map((peer) => peer.manager.nextDeadlineMs()),
      );
      if (next > endMs) break;
      this.clock.advance(Math.max(0, next - this.clock.monotonicMs()));
      const nowMs = this.clock.monotonicMs();
      while ((this.#deliveries[0]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
        this.#deliveries.shift()?.run();
      }
      for (const { manager } of this.peers) if (manager.nextDeadlineMs() <= nowMs) manager.tick();
    }
    this.clock.advance(endMs - this.clock.monotonicMs());
  }

  #deliver(from: Endpoint, to: Endpoint, frame: Uint8Array): void {
    if (this.mute.has(from) || this.mute.has(to)) return;
    const waitMs = (this.frozenUntilMs.get(to) ?? 0) - this.clock.monotonicMs();
    if (waitMs > 0) {
      this.later(waitMs, () => this.#deliver(from, to, frame));
      return;
    }
    this.transports.get(to)?.events?.onFrame(from, frame);
  }
}

/** A datagram transport, or a reliable one where connections must be opened first. */
export class TestTransport implements Transport {
  readonly scheme: string;
  readonly frameBytesMax: number;
  readonly reliable: boolean;
  /** What it claims to carry. */
  bitsPerSecond: number = Number.POSITIVE_INFINITY;
  endpoint: Endpoint;
  events: TransportEvents | undefined;
  /** What it says of larger frames, where it says anything. */
  pathFrameBytes?: (endpoint: Endpoint) => number;
  /** Takes runs, where it does. */
  sendRun?: (endpoint: Endpoint, run: FrameRun) => boolean;
  /** Larger frames are swallowed without a word. */
  fitsBytes: number = Number.POSITIVE_INFINITY;
  /** Endpoints that the room wants to be watched. */
  readonly watched: Set<Endpoint> = new Set();
  /** Endpoints that `check` finds gone. */
  readonly gone: Set<Endpoint> = new Set();
  /** Frames sent, for those who want to replay them. */
  readonly sent: { readonly to: Endpoint; readonly frame: Uint8Array }[] = [];
  readonly canDial = (endpoint: Endpoint): boolean => !endpoint.endsWith("://");
  readonly #net: TestNet;
  /** Reliable: our name for a connection, and the other end's transport and name. */
  readonly #connections: Map<Endpoint, { readonly far: TestTransport; readonly name: Endpoint }> =
    new Map();
  #accepted = 0;

  constructor(net: TestNet, endpoint: Endpoint, frameBytesMax: number, reliable: boolean) {
    this.#net = net;
    this.endpoint = endpoint;
    this.scheme = endpoint.slice(0, endpoint.indexOf("://"));
    this.frameBytesMax = frameBytesMax;
    this.reliable = reliable;
    net.transports.set(endpoint, this);
  }

  send(to: Endpoint, frame: Uint8Array): boolean {
    const mostBytes = this.pathFrameBytes?.(to) ?? this.frameBytesMax;
    if (frame.length > mostBytes) throw new RangeError(`${frame.length} bytes`);
    this.sent.push({ to, frame: frame.slice() });
    if (frame.length > this.fitsBytes) return true;
    if (!this.reliable) {
      this.#net.carry(this.endpoint, to, frame);
      return true;
    }
    const connection = this.#connections.get(to);
    if (connection === undefined) return false;
    const copy = frame.slice();
    this.#net.later(this.#net.weather.latencyMs, () => {
      if (this.#net.mute.has(this.endpoint) || this.#net.mute.has(connection.far.endpoint)) return;
      if (connection.far.#connections.has(connection.name)) {
        connection.far.events?.onFrame(connection.name, copy);
      }
    });
    return true;
  }

  broadcast(frame: Uint8Array): void {
    if (this.reliable) return;
    for (const other of this.#net.transports.values()) {
      if (other !== this && other.scheme === this.scheme && !other.reliable) {
        this.#net.carry(this.endpoint, other.endpoint, frame);
      }
    }
  }

  open(endpoint: Endpoint): void {
    if (!this.reliable) {
      this.events?.onOpened(endpoint);
      return;
    }
    this.#net.later(this.#net.weather.latencyMs, () => {
      const far = this.#net.transports.get(endpoint);
      const dead = this.#net.mute.has(endpoint) || this.#net.mute.has(this.endpoint);
      if (far?.events === undefined || dead) {
        this.events?.onClosed(endpoint, "refused");
        return;
      }
      const name = `${this.endpoint}#${far.#accepted++}`;
      this.#connections.set(endpoint, { far, name });
      far.#connections.set(name, { far: this, name: endpoint });
      far.events.onOpened(name);
      this.events?.onOpened(endpoint);
    });
  }

  close(endpoint: Endpoint): void {
    const connection = this.#connections.get(endpoint);
    if (connection === undefined) return;
    this.#connections.delete(endpoint);
    this.#net.later(this.#net.weather.latencyMs, () => {
      if (connection.far.#connections.delete(connection.name)) {
        connection.far.events?.onClosed(connection.name, "closed by the other side");
      }
    });
  }

  watch(endpoint: Endpoint, wanted: boolean): void {
    if (wanted) this.watched.add(endpoint);
    else this.watched.delete(endpoint);
  }

  check(endpoint: Endpoint): boolean {
    return !this.gone.has(endpoint);
  }

  /** Breaks every connection, as a pulled plug that is noticed would. */
  cutAll(): void {
    for (const endpoint of [...this.#connections.keys()]) {
      this.close(endpoint);
      this.events?.onClosed(endpoint, "cut");
    }
  }

  reachableAt(): readonly Endpoint[] {
    return [this.endpoint];
  }
}

/** How to make a peer of the test network. */
export interface TestPeerOptions {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly random: Random;
  readonly transports: readonly TestTransport[];
  readonly discovery?: boolean;
  readonly repairsLosses?: boolean;
}

/** A link manager with a diary of everything it told. */
export class TestPeer implements LinkEvents {
  readonly id: PeerId;
  readonly transports: readonly TestTransport[];
  readonly manager: LinkManager;
  readonly diary: string[] = [];
  readonly control: { readonly from: PeerId; readonly message: Uint8Array }[] = [];
  readonly packets: {
    readonly from: PeerId;
    readonly header: Uint8Array;
    readonly payload: Uint8Array;
  }[] = [];

  constructor(net: TestNet, options: TestPeerOptions) {
    this.id = options.identity.id;
    this.transports = options.transports;
    this.manager = new LinkManager({
      identity: options.identity,
      suite: options.suite,
      clock: net.clock,
      random: options.random,
      log: SILENT_LOG,
      transports: options.transports,
      events: this,
      discovery: options.discovery ?? false,
      repairsLosses: options.repairsLosses ?? false,
    });
    for (const transport of options.transports) {
      transport.events = this.manager.transportEvents(transport);
    }
    net.peers.push(this);
  }

  /** Times a neighbour came up. */
  get ups(): number {
    return this.diary.filter((entry) => entry.startsWith("up")).length;
  }

  /** Times a neighbour went down. */
  get downs(): number {
    return this.diary.filter((entry) => entry.startsWith("down")).length;
  }

  onNeighbourUp(neighbour: NeighbourInfo): void {
    this.#write(`up ${neighbour.id.slice(0, 6)}`);
  }

  onNeighbourDown(id: PeerId, reason: string): void {
    this.#write(`down ${id.slice(0, 6)} ${reason}`);
  }

  onNeighbourChanged(neighbour: NeighbourInfo): void {
    this.#write(`changed ${neighbour.id.slice(0, 6)} ${neighbour.suspect ? "suspect" : "well"}`);
  }

  onControl(from: PeerId, message: Uint8Array): void {
    this.control.push({ from, message: message.slice() });
    this.#write("control");
  }

  onPacket(from: PeerId, header: Uint8Array, payload: Uint8Array): void {
    this.packets.push({ from, header: header.slice(), payload: payload.slice() });
    this.#write("packet");
  }

  #write(entry: string): void {
    this.diary.push(entry);
  }
}
