import { must } from "../base/errors.ts";
import type { PeerId } from "../identity/index.ts";
import type { Announcer } from "./announcer.ts";
import type { Destination } from "./destination.ts";
import { PIN_MS, QUERIES_MAX, QUERY_MS } from "./limits.ts";
import { ENTRY } from "./messages.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Table } from "./table.ts";

/** A question that cannot be answered yet. */
interface Waiting {
  /** Whoever asked first has the place. */
  readonly from: Set<Neighbour>;
  readonly untilMs: number;
}

/** Origins that somebody wants to be told of, whatever the budgets say. */
export class Queries {
  readonly #table: Table;
  readonly #announcer: Announcer;
  readonly #hurry: (wanted: Destination) => void;
  /** Who asked for what is not known here yet, by origin; the oldest first. */
  readonly #waiting = new Map<PeerId, Waiting>();
  /** What we asked for ourselves, and until when that is not repeated. */
  readonly #asked = new Map<PeerId, number>();

  /** @param hurry fetch the record of this destination now, if it has none yet */
  constructor(table: Table, announcer: Announcer, hurry: (wanted: Destination) => void) {
    this.#table = table;
    this.#announcer = announcer;
    this.#hurry = hurry;
  }

  /** A neighbour asks: it is told at once, or as soon as the origin is known. */
  receive(from: Neighbour, origin: PeerId, nowMs: number): void {
    const known = this.#table.get(origin);
    if (known !== undefined) this.#announcer.repeat(from, known.slot, nowMs);
    if (known?.selected !== undefined) return;
    this.#wait(from, origin, nowMs);
    if (known !== undefined) this.#hurry(known);
  }

  #wait(from: Neighbour, origin: PeerId, nowMs: number): void {
    const waiting = this.#waiting.get(origin);
    if (waiting !== undefined && waiting.untilMs > nowMs) {
      waiting.from.add(from);
      return;
    }
    this.#waiting.delete(origin);
    if (this.#waiting.size >= QUERIES_MAX) this.#makeRoomFor(from);
    this.#waiting.set(origin, { from: new Set([from]), untilMs: nowMs + QUERY_MS });
  }

  /** Whether somebody has asked for an origin and was not told yet. */
  isWaitedFor(origin: PeerId, nowMs: number): boolean {
    return (this.#waiting.get(origin)?.untilMs ?? nowMs) > nowMs;
  }

  /** A neighbour went down: nobody has to tell it anything. */
  forget(neighbour: Neighbour): void {
    for (const [origin, { from }] of this.#waiting) {
      from.delete(neighbour);
      if (from.size === 0) this.#waiting.delete(origin);
    }
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Asks all neighbours for an origin that is not in the table. */
  ask(origin: PeerId, nowMs: number): void {
    if ((this.#asked.get(origin) ?? 0) > nowMs) return;
    this.#asked.delete(origin);
    const [oldest] = this.#asked.keys();
    if (this.#asked.size >= QUERIES_MAX && oldest !== undefined) this.#asked.delete(oldest);
    this.#asked.set(origin, nowMs + QUERY_MS / 4);
    this.#table.pin(origin, nowMs + PIN_MS, nowMs);
    const known = this.#table.get(origin);
    if (known !== undefined) this.#hurry(known);
    for (const neighbour of this.#table.neighbours.values()) {
      this.#announcer.ask(neighbour, { kind: ENTRY.query, origin }, nowMs);
    }
  }

  /** Asks one neighbour whether it has something to say of an origin that is kept here. */
  askOf(neighbour: Neighbour, origin: PeerId, nowMs: number): void {
    this.#announcer.ask(neighbour, { kind: ENTRY.query, origin }, nowMs);
  }

  /** An origin has come into the table: whoever waits for it is told. */
  arrived(origin: PeerId, slot: number, nowMs: number): void {
    const waiting = this.#waiting.get(origin);
    if (waiting === undefined) return;
    this.#waiting.delete(origin);
    if (waiting.untilMs <= nowMs) return;
    for (const from of waiting.from) if (from.up) this.#announcer.repeat(from, slot, nowMs);
  }

  /** The oldest question of whoever has most places gives way: nobody crowds out all others. */
  #makeRoomFor(asker: Neighbour): void {
    const places = new Map<Neighbour, number>([[asker, 1]]);
    for (const waiting of this.#waiting.values()) {
      const holder = holderOf(waiting);
      places.set(holder, (places.get(holder) ?? 0) + 1);
    }
    let greediest = asker;
    for (const [holder, count] of places) {
      if (count > (places.get(greediest) ?? 0)) greediest = holder;
    }
    for (const [origin, waiting] of this.#waiting) {
      if (holderOf(waiting) !== greediest) continue;
      this.#waiting.delete(origin);
      return;
    }
  }
}

function holderOf({ from }: Waiting): Neighbour {
  const [first] = from;
  return must(first, "what nobody waits for is taken out");
}
