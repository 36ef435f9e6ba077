import type { PeerId } from "../identity/index.ts";
import type { Clock, Endpoint, Transport } from "../ports/index.ts";
import { schemeOf, type Way } from "./context.ts";
import {
  GREETING_GAP_MS,
  GREETING_WAITS_MS,
  PLACE_AGE_MAX_MS,
  PLACE_REFRESH_MS,
  PLACES_KEEP_MS,
  PLACES_MAX,
} from "./limits.ts";
import type { KnownPlace } from "./types.ts";

/** What the greeter asks of the rest of the room. */
export interface GreeterHooks {
  readonly clock: Clock;
  readonly transports: ReadonlyMap<string, Transport>;
  /** Whether this peer is a neighbour now. */
  isUp(peer: PeerId): boolean;
  /** Whether somebody else takes care of this endpoint: it is dialled for ever, or found by beacons. */
  isMinded(endpoint: Endpoint): boolean;
  /** Begin a handshake there that only this peer may complete. */
  connect(way: Way, peer: PeerId): void;
  /** The table has changed and is to be kept for the next start. */
  keep(places: readonly KnownPlace[]): void;
  wake(atMs: number): void;
}

interface Greeting {
  readonly place: KnownPlace;
  atMs: number;
  attempts: number;
}

/**
 * Remembers where neighbours were when a handshake with them was finished, and greets them after a
 * start: those that dialled this peer know nothing of its restart, and nothing else would tell
 * them before they next have something to say. Connections need no memory: their end is noticed.
 */
export class Greeter {
  readonly #hooks: GreeterHooks;
  /** The one linked longest ago first. */
  readonly #places = new Map<PeerId, KnownPlace>();
  #greetings: Greeting[] = [];
  #isChanged = false;
  #keepAtMs = Number.NEGATIVE_INFINITY;

  constructor(hooks: GreeterHooks) {
    this.#hooks = hooks;
  }

  /** What was kept at an earlier run; before `start`. */
  recall(places: readonly KnownPlace[]): void {
    const wallMs = this.#hooks.clock.wallMs();
    const fresh = places.filter(({ atMs }) => Math.abs(wallMs - atMs) < PLACE_AGE_MAX_MS);
    fresh.sort((a, b) => a.atMs - b.atMs);
    for (const place of fresh.slice(-PLACES_MAX)) this.#places.set(place.id, place);
  }

  /** Plans a greeting for each, whoever was linked last first. */
  start(nowMs: number): void {
    this.#greetings = this.list().map((place, at) => ({
      ...{ place, atMs: nowMs + at * GREETING_GAP_MS, attempts: 0 },
    }));
    this.#hooks.wake(this.deadlineMs());
  }

  /** All that is remembered, whoever was linked last first. */
  list(): readonly KnownPlace[] {
    return [...this.#places.values()].reverse();
  }

  /** Forgets all of it, and greets nobody any more. */
  forget(): void {
    this.#places.clear();
    this.#greetings = [];
    this.#isChanged = false;
    this.#hooks.keep([]);
  }

  /** A handshake with this peer was finished over this way, or the peer has proved to be there now. */
  linked(id: PeerId, { transport, endpoint }: Way, nowMs: number): void {
    if (transport.reliable || this.#hooks.isMinded(endpoint)) return;
    const atMs = this.#hooks.clock.wallMs();
    const known = this.#places.get(id);
    const isSame = known?.endpoint === endpoint;
    if (isSame && Math.abs(atMs - known.atMs) < PLACE_REFRESH_MS) return;
    for (const [other, place] of this.#places) {
      if (place.endpoint === endpoint) this.#places.delete(other);
    }
    this.#places.delete(id);
    const [oldest] = this.#places.keys();
    if (this.#places.size >= PLACES_MAX && oldest !== undefined) this.#places.delete(oldest);
    this.#places.set(id, { id, endpoint, atMs });
    this.#change(nowMs);
  }

  /** A beacon came from there: whoever it is will be found again without this table. */
  heard(endpoint: Endpoint, nowMs: number): void {
    for (const [id, place] of this.#places) {
      if (place.endpoint !== endpoint) continue;
      this.#places.delete(id);
      this.#change(nowMs);
    }
  }

  /** Greets who is due, and has the table kept. */
  tick(nowMs: number): void {
    for (const greeting of this.#greetings)
      if (nowMs >= greeting.atMs) this.#greet(greeting, nowMs);
    this.#greetings = this.#greetings.filter(({ atMs }) => atMs < Number.POSITIVE_INFINITY);
    if (!this.#isChanged || nowMs < this.#keepAtMs) return;
    this.#isChanged = false;
    this.#keepAtMs = nowMs + PLACES_KEEP_MS;
    this.#hooks.keep([...this.#places.values()]);
  }

  /** Monotonic time of the next `tick`. */
  deadlineMs(): number {
    let first = this.#isChanged ? this.#keepAtMs : Number.POSITIVE_INFINITY;
    for (const { atMs } of this.#greetings) first = Math.min(first, atMs);
    return first;
  }

  #greet(greeting: Greeting, nowMs: number): void {
    const { id, endpoint } = greeting.place;
    const transport = this.#hooks.transports.get(schemeOf(endpoint));
    const waitMs = GREETING_WAITS_MS[greeting.attempts];
    greeting.attempts += 1;
    greeting.atMs = nowMs + (waitMs ?? Number.POSITIVE_INFINITY);
    const isOver = this.#hooks.isUp(id) || this.#hooks.isMinded(endpoint);
    if (isOver || transport === undefined || transport.reliable || !transport.canDial(endpoint)) {
      greeting.atMs = Number.POSITIVE_INFINITY;
      return;
    }
    this.#hooks.connect({ transport, endpoint }, id);
  }

  #change(nowMs: number): void {
    this.#isChanged = true;
    this.#hooks.wake(Math.max(nowMs, this.#keepAtMs));
  }
}
