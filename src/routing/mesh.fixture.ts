import { toHex } from "../base/bytes.ts";
import { Heap } from "../base/heap.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PeerId } from "../identity/index.ts";
import type { LinkPort, NeighbourInfo } from "../link/index.ts";
import { type Clock, type Random, SILENT_LOG } from "../ports/index.ts";
import type { Path } from "./path-types.ts";
import { Router } from "./router.ts";
import type { RoutingOptions } from "./types.ts";

/** A clock that the mesh moves from event to event. */
export interface MovableClock extends Clock {
  advance(ms: number): void;
}

/** What a mesh is made of. */
export interface MeshOptions {
  readonly suite: CryptoSuite;
  readonly clock: MovableClock;
  readonly random: Random;
  readonly identities: readonly LocalIdentity[];
  readonly vicinityMax?: number;
  readonly landmarksMax?: number;
  /** What links say that they carry; 20 Mbit/s unless told otherwise. */
  readonly bitsPerSecond?: number;
}

/** One side of a link, as its owner sees it. */
interface Side {
  readonly peer: number;
  readonly delayMs: number;
  cost: number;
  suspect: boolean;
  /** Counts the times it came up; what was sent before a cut never arrives after it. */
  epoch: number;
  up: boolean;
  /** The wire itself; the sides may notice later that it is cut. */
  wire: { connected: boolean };
}

interface Pending {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** What reached a place. */
export interface Arrival {
  readonly place: number;
  readonly payload: Uint8Array;
  /** The recorded way back, where the packet had one. */
  readonly back: Path | undefined;
}

/** Routers joined by perfect links in virtual time. For tests only. */
export class Mesh {
  readonly routers: Router[] = [];
  readonly arrivals: Arrival[] = [];
  readonly reachable: Set<PeerId>[] = [];
  readonly reserved: number[] = [];
  /** Called after every event. */
  afterStep: () => void = () => {};
  /** Hops that packets have taken, by the text of their payload. */
  readonly packetHops: Map<string, number> = new Map();
  controlMessages = 0;
  controlBytes = 0;
  /** The same from one place to another, as "from>to". */
  readonly controlBytesBetween: Map<string, number> = new Map();
  /** Destinations whose packets began to leave a place by another neighbour, in order. */
  readonly wayChanges: { readonly place: number; readonly id: PeerId }[] = [];
  readonly #options: MeshOptions;
  readonly #sides: Map<number, Side>[] = [];
  readonly #places = new Map<PeerId, number>();
  readonly #queue: Heap<Pending> = new Heap<Pending>(
    (a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order),
  );
  #order = 0;
  /** When each router wants to be woken; asked again only after somebody has had to do with it. */
  readonly #deadlinesMs: number[] = [];
  readonly #stale = new Set<number>();

  constructor(options: MeshOptions) {
    this.#options = options;
    options.identities.forEach((identity, place) => {
      this.#places.set(identity.id, place);
      this.#sides.push(new Map());
      this.reachable.push(new Set());
      this.reserved.push(0);
      this.routers.push(this.#newRouter(place, 1, `peer ${place}`));
      this.#stale.add(place);
    });
  }

  get nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  router(place: number): Router {
    const router = this.routers[place];
    if (router === undefined) throw new RangeError(`There is no place ${place}.`);
    this.#stale.add(place);
    return router;
  }

  id(place: number): PeerId {
    return this.router(place).ownRecord.id;
  }

  place(id: PeerId): number {
    return this.#places.get(id) ?? -1;
  }

  /** Lays a link, or mends one that was cut and noticed. */
  join(a: number, b: number, cost = 1, delayMs = 1, costBack: number = cost): void {
    const wire = { connected: true };
    for (const [from, to, sideCost] of [
      [a, b, cost],
      [b, a, costBack],
    ] as const) {
      const epoch = (this.#sides[from]?.get(to)?.epoch ?? 0) + 1;
      const side = { peer: to, delayMs, cost: sideCost, suspect: false, epoch, up: true, wire };
      this.#sides[from]?.set(to, side);
    }
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      this.router(from).linkEvents.onNeighbourUp(this.#info(this.#side(from, to)));
      this.afterStep();
    }
  }

  /** Cuts a link; the sides notice after so many milliseconds. */
  cut(a: number, b: number, noticeMsA = 0, noticeMsB = 0): void {
    this.#side(a, b).wire.connected = false;
    for (const [from, to, delayMs] of [
      [a, b, noticeMsA],
      [b, a, noticeMsB],
    ] as const) {
      const side = this.#side(from, to);
      this.#later(delayMs, () => {
        side.up = false;
        this.router(from).linkEvents.onNeighbourDown(this.id(to), "cut");
      });
    }
  }

  isJoined(a: number, b: number): boolean {
    return this.#sides[a]?.get(b)?.up === true || this.#sides[b]?.get(a)?.up === true;
  }

  /** Changes what `from` thinks of its link to `to`. */
  change(from: number, to: number, change: { cost?: number; suspect?: boolean }): void {
    const side = this.#side(from, to);
    Object.assign(side, change);
    if (side.up) this.router(from).linkEvents.onNeighbourChanged(this.#info(side));
    this.afterStep();
  }

  /** The peer at a place stops and starts again with nothing but its keys. */
  restart(place: number, seqno: number, name = `peer ${place}`): void {
    const neighbours = [...(this.#sides[place]?.values() ?? [])].filter(({ up }) => up);
    for (const { peer } of neighbours) this.cut(place, peer);
    this.settle(50);
    this.reachable[place]?.clear();
    this.routers[place] = this.#newRouter(place, seqno, name);
    this.#stale.add(place);
    for (const { peer, cost, delayMs } of neighbours) {
      this.join(place, peer, cost, delayMs, this.#side(peer, place).cost);
    }
  }

  /** Delivers a forged control message as if `from` had sent it. */
  inject(from: number, to: number, message: Uint8Array): void {
    this.router(to).linkEvents.onControl(this.id(from), message);
    this.afterStep();
  }

  /** Delivers a packet's header as if `from` had sent it. */
  injectPacket(from: number, to: number, header: Uint8Array, payload: Uint8Array): void {
    this.router(to).linkEvents.onPacket(this.id(from), header, payload);
  }

  /** Lets `ms` pass, or all that is left to do when no time is given (an hour at most). */
  settle(ms = 3_600_000): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const atMs = Math.max(this.nowMs, this.#nextMs());
      if (atMs > untilMs) break;
      this.#options.clock.advance(atMs - this.nowMs);
      this.#runDue();
    }
    if (ms < 3_600_000) this.#options.clock.advance(untilMs - this.nowMs);
  }

  /** Whether nothing is under way and nobody wants to be woken. */
  isQuiet(): boolean {
    return this.#nextMs() === Number.POSITIVE_INFINITY;
  }

  /** Sum of one counter over all routers. */
  total(counter: (stats: ReturnType<Router["stats"]>) => number): number {
    return this.routers.reduce((sum, router) => sum + counter(router.stats()), 0);
  }

  #nextMs(): number {
    for (const place of this.#stale) {
      this.#deadlinesMs[place] = this.routers[place]?.nextDeadlineMs() ?? 0;
    }
    this.#stale.clear();
    return Math.min(this.#queue.peek()?.atMs ?? Number.POSITIVE_INFINITY, ...this.#deadlinesMs);
  }

  #runDue(): void {
    for (let due = this.#queue.peek(); due !== undefined; due = this.#queue.peek()) {
      if (due.atMs > this.nowMs) break;
      this.#queue.pop();
      due.run();
      this.afterStep();
    }
    this.#nextMs();
    for (const [place, dueMs] of this.#deadlinesMs.entries()) {
      if (dueMs > this.nowMs) continue;
      this.router(place).tick();
      this.afterStep();
    }
  }

  #later(delayMs: number, run: () => void): void {
    this.#queue.push({ atMs: this.nowMs + delayMs, order: this.#order++, run });
  }

  #side(from: number, to: number): Side {
    const side = this.#sides[from]?.get(to);
    if (side === undefined) throw new RangeError(`${from} and ${to} are not joined.`);
    return side;
  }

  #info({ peer, cost, suspect }: Side): NeighbourInfo {
    const [roundTripMs, deliveryRatio, heardAtMs] = [2, 1, this.nowMs];
    return {
      ...{ id: this.id(peer), cost, suspect, roundTripMs, deliveryRatio, heardAtMs },
      bitsPerSecond: this.#options.bitsPerSecond ?? 20_000_000,
      endpoints: [],
      frameBytes: 1_200,
    };
  }

  #newRouter(place: number, seqno: number, name: string): Router {
    const { identities, suite, clock, random, vicinityMax, landmarksMax } = this.#options;
    const identity = identities[place];
    if (identity === undefined) throw new RangeError(`There is no identity for place ${place}.`);
    const options: RoutingOptions = {
      ...{ identity, name, seqno, suite, clock, log: SILENT_LOG },
      random: random.fork(`router ${place}`),
      link: this.#linkPort(place),
      events: {
        onPacket: (payload, back) =>
          this.arrivals.push({
            place,
            payload: payload.slice(),
            back: back && { firstHop: back.firstHop, labels: back.labels.slice() },
          }),
        onReachable: (id) => this.reachable[place]?.add(id),
        onUnreachable: (id) => this.reachable[place]?.delete(id),
        onWayChanged: (id) => this.wayChanges.push({ place, id }),
      },
      reserveSeqno: (upTo) => {
        this.reserved[place] = upTo;
      },
      ...(vicinityMax === undefined ? {} : { vicinityMax }),
      ...(landmarksMax === undefined ? {} : { landmarksMax }),
    };
    return new Router(options);
  }

  #linkPort(place: number): LinkPort {
    const up = (id: PeerId): Side | undefined => {
      const side = this.#sides[place]?.get(this.place(id));
      return side?.up === true ? side : undefined;
    };
    return {
      neighbours: () =>
        [...(this.#sides[place]?.values() ?? [])]
          .filter((side) => side.up)
          .map((side) => this.#info(side)),
      neighbour: (id) => {
        const side = up(id);
        return side && this.#info(side);
      },
      sendControl: (to, message) => {
        const side = up(to);
        if (side === undefined) return false;
        this.controlMessages++;
        this.controlBytes += message.length;
        const between = `${place}>${side.peer}`;
        const soFar = this.controlBytesBetween.get(between) ?? 0;
        this.controlBytesBetween.set(between, soFar + message.length);
        const copy = message.slice();
        this.#carry(place, side, (router, from) => router.linkEvents.onControl(from, copy));
        return true;
      },
      sendPacket: (to, header, payload) => {
        const side = up(to);
        if (side === undefined) return false;
        const [head, body] = [header.slice(), payload.slice()];
        const name = toHex(body);
        this.packetHops.set(name, (this.packetHops.get(name) ?? 0) + 1);
        this.#carry(place, side, (router, from) => router.linkEvents.onPacket(from, head, body));
        return true;
      },
    };
  }

  #carry(place: number, side: Side, arrive: (router: Router, from: PeerId) => void): void {
    const { peer, delayMs, wire } = side;
    this.#later(delayMs, () => {
      if (wire.connected && this.#side(peer, place).wire === wire) {
        arrive(this.router(peer), this.id(place));
      }
    });
  }
}
