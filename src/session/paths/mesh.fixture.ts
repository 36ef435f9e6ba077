import { toHex } from "../../base/bytes.ts";
import { Heap } from "../../base/heap.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { LocalIdentity, PeerId } from "../../identity/index.ts";
import { type Random, SILENT_LOG } from "../../ports/index.ts";
import { type Path, type PathPort, Router, type RoutingOptions } from "../../routing/index.ts";
import { SessionManager } from "../manager.ts";
import { StreamProbe, type WorldClock } from "../world.fixture.ts";

type LinkPort = RoutingOptions["link"];
type NeighbourInfo = NonNullable<ReturnType<LinkPort["neighbour"]>>;

/** What a mesh is made from. */
export interface MeshParts {
  readonly suite: CryptoSuite;
  readonly clock: WorldClock;
  readonly random: (seed: string) => Random;
  readonly identity: (label: string) => LocalIdentity;
}

/** What a relay does with a packet that is for somebody else; views. */
export type Relay = (packet: {
  readonly from: number;
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}) => boolean;

/** Swallows everything that is for others, and takes part in routing as if nothing were wrong. */
export const BLACKHOLE: Relay = () => false;

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** One peer: a real router and a real session manager. */
export interface MeshPeer {
  readonly place: number;
  readonly id: PeerId;
  readonly identity: LocalIdentity;
  readonly router: Router;
  readonly manager: SessionManager;
}

/** How a mesh differs from the usual one. */
export interface SessionMeshOptions {
  readonly seed?: string;
  readonly vicinityMax?: number;
  readonly landmarksMax?: number;
  /** Delay of each link, in milliseconds. */
  readonly delayMs?: number;
  readonly isTrusted?: (by: number, peer: PeerId) => boolean;
  readonly isThrifty?: boolean;
  /** Wraps what a session manager uses of explicit ways. */
  readonly paths?: (place: number, paths: PathPort) => PathPort;
}

const HEADER_ID_AT = 2;

/** Sessions over real routers in virtual time; relays may misbehave. For tests only. */
export class SessionMesh {
  readonly clock: WorldClock;
  readonly peers: MeshPeer[] = [];
  /** Relays that do not do what they should, by place. */
  readonly relays: Map<number, Relay> = new Map();
  /** Delay of single links in milliseconds, by "from-to". */
  readonly delays: Map<string, number> = new Map();
  /** What control messages take beyond that, by "from-to". */
  readonly controlDelays: Map<string, number> = new Map();
  /** Bytes of packets that crossed a link, without the link's own. */
  linkBytes = 0;
  linkPackets = 0;
  /** Called for each packet that leaves a place over a link. */
  onLink: ((from: number, to: number, header: Uint8Array, payload: Uint8Array) => void) | undefined;
  readonly #parts: MeshParts;
  readonly #options: SessionMeshOptions;
  readonly #links = new Map<string, { up: boolean }>();
  readonly #places = new Map<PeerId, number>();
  readonly #queue = new Heap<Event>(
    (a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order),
  );
  #order = 0;

  constructor(parts: MeshParts, size: number, options: SessionMeshOptions = {}) {
    this.#parts = parts;
    this.clock = parts.clock;
    this.#options = options;
    for (let place = 0; place < size; place++) this.peers.push(this.#newPeer(place));
  }

  get nowMs(): number {
    return this.clock.monotonicMs();
  }

  peer(place: number): MeshPeer {
    const peer = this.peers[place];
    if (peer === undefined) throw new RangeError(`There is no place ${place}.`);
    return peer;
  }

  place(id: PeerId): number {
    return this.#places.get(id) ?? -1;
  }

  /** Lays links between neighbours in a list, "a-b". */
  join(...pairs: readonly (readonly [number, number])[]): void {
    for (const [a, b] of pairs) {
      this.#links.set(`${a}-${b}`, { up: true });
      this.#links.set(`${b}-${a}`, { up: true });
    }
    for (const [a, b] of pairs) {
      this.peer(a).router.linkEvents.onNeighbourUp(this.#info(b));
      this.peer(b).router.linkEvents.onNeighbourUp(this.#info(a));
    }
  }

  /** Cuts a link; both ends notice after a while. */
  cut(a: number, b: number, noticeMs = 0): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const link = this.#links.get(`${from}-${to}`);
      if (link !== undefined) link.up = false;
      this.#later(noticeMs, () => {
        this.#links.delete(`${from}-${to}`);
        this.peer(from).router.linkEvents.onNeighbourDown(this.peer(to).id, "cut");
      });
    }
  }

  /** Lets time pass until `done`, or so long. @returns the milliseconds it took */
  run(limitMs: number, done: () => boolean = () => false): number {
    const startMs = this.nowMs;
    let stepsAtOnce = 0;
    while (!done()) {
      const nextMs = this.#nextMs();
      if (nextMs > startMs + limitMs) {
        this.clock.advance(startMs + limitMs - this.nowMs);
        break;
      }
      stepsAtOnce = nextMs > this.nowMs ? 0 : stepsAtOnce + 1;
      if (stepsAtOnce > 100_000) throw new RangeError("The mesh spins without time passing.");
      if (nextMs > this.nowMs) this.clock.advance(nextMs - this.nowMs);
      this.#step();
    }
    return this.nowMs - startMs;
  }

  /** Opens a stream and writes bytes to it. */
  open(from: number, to: number, service: string, bytes: Uint8Array): StreamProbe {
    const probe = new StreamProbe();
    probe.stream = this.peer(from).manager.openStream(this.peer(to).id, service, probe);
    probe.stream?.write(bytes);
    return probe;
  }

  /** Collects what comes in by a service. */
  serve(place: number, service: string, react?: (probe: StreamProbe) => void): StreamProbe[] {
    const probes: StreamProbe[] = [];
    this.peer(place).manager.serve(service, (stream) => {
      const probe = new StreamProbe();
      probe.stream = stream;
      probes.push(probe);
      react?.(probe);
      return probe;
    });
    return probes;
  }

  /** Places with a link to this one. */
  neighbours(place: number): number[] {
    return [...this.#links.keys()]
      .filter((key) => key.startsWith(`${place}-`))
      .map((key) => Number(key.split("-")[1]));
  }

  #nextMs(): number {
    let next = this.#queue.peek()?.atMs ?? Number.POSITIVE_INFINITY;
    for (const { router, manager } of this.peers) {
      next = Math.min(next, router.nextDeadlineMs(), manager.nextDeadlineMs());
    }
    return next;
  }

  #step(): void {
    for (let due = this.#queue.peek(); due !== undefined; due = this.#queue.peek()) {
      if (due.atMs > this.nowMs) break;
      this.#queue.pop();
      due.run();
    }
    for (const { router, manager } of this.peers) {
      if (router.nextDeadlineMs() <= this.nowMs) router.tick();
      if (manager.nextDeadlineMs() <= this.nowMs) manager.tick();
    }
  }

  #later(delayMs: number, run: () => void): void {
    this.#queue.push({ atMs: this.nowMs + delayMs, order: this.#order++, run });
  }

  #info(place: number): NeighbourInfo {
    const [roundTripMs, deliveryRatio, heardAtMs] = [2, 1, this.nowMs];
    return {
      ...{ id: this.peer(place).id, cost: 10, suspect: false, roundTripMs, deliveryRatio },
      ...{ heardAtMs, bitsPerSecond: 20_000_000, endpoints: [], frameBytes: 1_200 },
    };
  }

  #newPeer(place: number): MeshPeer {
    const { seed = "mesh", vicinityMax, landmarksMax, isTrusted, isThrifty, paths } = this.#options;
    const { suite } = this.#parts;
    const identity = this.#parts.identity(`${seed} ${place}`);
    this.#places.set(identity.id, place);
    const common = { identity, suite, clock: this.clock, log: SILENT_LOG };
    const random = this.#parts.random(`${seed} ${place}`);
    const router: Router = new Router({
      ...common,
      ...{ random: random.fork("router"), name: `peer ${place}`, seqno: 1 },
      ...(vicinityMax === undefined ? {} : { vicinityMax }),
      ...(landmarksMax === undefined ? {} : { landmarksMax }),
      link: this.#linkPort(place),
      events: {
        onPacket: (payload, back?: Path) => manager.packet(payload, back),
        onReachable: (id) => manager.peerReachable(id),
        onUnreachable: (id) => manager.peerUnreachable(id),
        onWayChanged: (id) => manager.wayChanged(id),
      },
      reserveSeqno: () => undefined,
    });
    const manager: SessionManager = new SessionManager({
      ...common,
      random: random.fork("session"),
      routing: router,
      paths: paths === undefined ? router.paths : paths(place, router.paths),
      isTrusted: (peer) => isTrusted?.(place, peer) ?? false,
      isThrifty: isThrifty ?? false,
    });
    return { place, id: identity.id, identity, router, manager };
  }

  #linkPort(place: number): LinkPort {
    const known = (id: PeerId): boolean => this.#links.has(`${place}-${this.place(id)}`);
    return {
      neighbours: () => this.neighbours(place).map((other) => this.#info(other)),
      neighbour: (id) => (known(id) ? this.#info(this.place(id)) : undefined),
      sendControl: (to, message) => {
        if (!known(to)) return false;
        const copy = message.slice();
        const other = this.place(to);
        const moreMs = this.controlDelays.get(`${place}-${other}`) ?? 0;
        const arrive = (router: Router, from: PeerId): void =>
          router.linkEvents.onControl(from, copy);
        this.#carry(place, other, arrive, moreMs);
        return true;
      },
      sendPacket: (to, header, payload) => {
        if (!known(to)) return false;
        const other = this.place(to);
        const [head, body] = [header.slice(), payload.slice()];
        this.linkBytes += head.length + body.length;
        this.linkPackets++;
        this.onLink?.(place, other, head, body);
        this.#carry(place, other, (router, from) => {
          if (this.#passes(place, other, head, body)) {
            router.linkEvents.onPacket(from, head, body);
          }
        });
        return true;
      },
    };
  }

  #passes(from: number, place: number, header: Uint8Array, payload: Uint8Array): boolean {
    const relay = this.relays.get(place);
    if (relay === undefined) return true;
    const own = this.peer(place).router.ownRecord.id;
    const id = toHex(header.subarray(HEADER_ID_AT, HEADER_ID_AT + 16));
    return id === own || relay({ from, header, payload });
  }

  #carry(
    from: number,
    to: number,
    arrive: (router: Router, from: PeerId) => void,
    moreMs = 0,
  ): void {
    const delayMs = this.delays.get(`${from}-${to}`) ?? this.#options.delayMs ?? 5;
    this.#later(delayMs + moreMs, () => {
      if (this.#links.get(`${from}-${to}`)?.up !== true) return;
      arrive(this.peer(to).router, this.peer(from).id);
    });
  }
}

/** Links of a connected random graph of this mean degree, in the order they are laid. */
export function randomLinks(random: Random, size: number, degree: number): [number, number][] {
  const links = new Map<string, [number, number]>();
  const add = (a: number, b: number): void => {
    if (a !== b) links.set(`${Math.min(a, b)}-${Math.max(a, b)}`, [a, b]);
  };
  for (let place = 1; place < size; place++) add(place, random.u32() % place);
  while (links.size < (size * degree) / 2) add(random.u32() % size, random.u32() % size);
  return [...links.values()];
}

/** Whether two places are joined over others that are not in `bad`. */
export function hasHonestPath(
  links: readonly (readonly [number, number])[],
  bad: ReadonlySet<number>,
  from: number,
  to: number,
): boolean {
  const seen = new Set([from]);
  for (const place of seen) {
    if (place === to) return true;
    if (place !== from && bad.has(place)) continue;
    for (const [a, b] of links) {
      if (a === place) seen.add(b);
      if (b === place) seen.add(a);
    }
  }
  return false;
}
