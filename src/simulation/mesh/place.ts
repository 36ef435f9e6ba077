import type { CryptoSuite } from "../../crypto/index.ts";
import type { LocalIdentity, PeerId } from "../../identity/index.ts";
import type { LinkPort } from "../../link/index.ts";
import { type Clock, type Random, SILENT_LOG } from "../../ports/index.ts";
import { Router, type RoutingEvents } from "../../routing/index.ts";
import { SessionManager } from "../../session/index.ts";
import type { Side } from "./side.ts";
import type { RouterBudgets } from "./types.ts";

/** What a place is made of. */
export interface PlaceOptions {
  readonly number: number;
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly budgets: Partial<RouterBudgets>;
  /** Sessions above the router, shown when they begin; none where this is left out. */
  readonly onSession?: (place: number, session: SessionManager) => void;
  readonly link: LinkPort;
  readonly size: number;
  /** The number of the place where a peer lives; -1 where nobody of that name does. */
  readonly placeOf: (id: PeerId) => number;
  readonly onPacket: (payload: Uint8Array) => void;
  readonly onReachable: (id: PeerId) => void;
  readonly onUnreachable: (id: PeerId) => void;
}

/** One life of a peer: what is gone when it leaves. */
interface Life {
  readonly router: Router;
  readonly session: SessionManager | undefined;
}

/**
 * A place of the mesh with the product's own router, and sessions above it where asked. All that
 * the simulator knows of the two rooms' interfaces is in this file.
 */
export class Place {
  readonly number: number;
  readonly id: PeerId;
  /** One side per neighbour that it ever had, by the neighbour's id. */
  readonly sides: Map<PeerId, Side> = new Map();
  #reachable = 0;
  /** Which places it reaches. */
  readonly #reached: Uint8Array;
  /** Share of the packets of others, 0 … 1, that it takes and does not pass on. */
  swallows = 0;
  /** When it is going to be woken; Infinity where that is not planned. */
  wakeAtMs: number = Number.POSITIVE_INFINITY;
  /** Wake-ups one after another without time passing. */
  restlessTicks = 0;
  readonly #options: PlaceOptions;
  #reserved = 0;
  #life: Life | undefined;

  constructor(options: PlaceOptions) {
    this.#options = options;
    this.number = options.number;
    this.id = options.identity.id;
    this.#reached = new Uint8Array(options.size);
  }

  /** How many peers it reaches at present, by what the router tells the rooms above. */
  get reachable(): number {
    return this.#reachable;
  }

  /** Whether it reaches a place, by what the router tells the rooms above. */
  reaches(place: number): boolean {
    return this.#reached[place] === 1;
  }

  /** The router, where somebody lives here. */
  get router(): Router | undefined {
    return this.#life?.router;
  }

  /** The sessions, where somebody lives here and has some. */
  get session(): SessionManager | undefined {
    return this.#life?.session;
  }

  /** Begins a life with nothing but its keys and the sequence numbers it has set aside. */
  begin(): void {
    const { identity, suite, clock, random, link, budgets, number, onSession } = this.#options;
    const router = new Router({
      ...budgets,
      ...{ identity, suite, clock, link, log: SILENT_LOG },
      name: `place ${number}`,
      seqno: this.#reserved + 1,
      random: random.fork("router"),
      events: this.#events(),
      reserveSeqno: (upTo) => {
        this.#reserved = upTo;
      },
    });
    this.#forget();
    this.wakeAtMs = Number.POSITIVE_INFINITY;
    if (onSession === undefined) {
      this.#life = { router, session: undefined };
      return;
    }
    const session = new SessionManager({
      ...{ identity, suite, clock, log: SILENT_LOG, routing: router, paths: router.paths },
      random: random.fork("session"),
      // All are each other's contacts: sketches of where they are may be exchanged.
      isTrusted: () => true,
    });
    this.#life = { router, session };
    onSession(number, session);
  }

  /** Ends it without a word. */
  end(): void {
    this.#life = undefined;
    this.#forget();
  }

  /** Does what is due. */
  tick(): void {
    this.#life?.router.tick();
    this.#life?.session?.tick();
  }

  /** When it wants to be woken next; Infinity where it does not. */
  nextDeadlineMs(): number {
    const life = this.#life;
    if (life === undefined) return Number.POSITIVE_INFINITY;
    const sessionMs = life.session?.nextDeadlineMs() ?? Number.POSITIVE_INFINITY;
    return Math.min(life.router.nextDeadlineMs(), sessionMs);
  }

  #events(): RoutingEvents {
    const { onPacket, onReachable, onUnreachable } = this.#options;
    return {
      onPacket: (payload, back) => {
        onPacket(payload);
        this.session?.packet(payload, back);
      },
      onReachable: (id) => {
        this.#reach(id, 1);
        onReachable(id);
        this.session?.peerReachable(id);
      },
      onUnreachable: (id) => {
        this.#reach(id, 0);
        onUnreachable(id);
        this.session?.peerUnreachable(id);
      },
      onWayChanged: (id) => this.session?.wayChanged(id),
    };
  }

  /** Routing repeats itself when a record changes, so each place is counted once. */
  #reach(id: PeerId, now: 0 | 1): void {
    const place = this.#options.placeOf(id);
    const before = this.#reached[place];
    if (before === undefined) return;
    this.#reachable += now - before;
    this.#reached[place] = now;
  }

  #forget(): void {
    this.#reachable = 0;
    this.#reached.fill(0);
  }
}
