import { byteName } from "../../base/bytes.ts";
import type { LineId } from "../line-desk.ts";
import { RESERVATION_LIFE_MS, RESERVATIONS_PER_LINE_MAX } from "./limits.ts";
import { LockMap } from "./lock-map.ts";
import { pairName } from "./pair-name.ts";

/** Where something reserved goes on to; undefined at the payee. */
export interface ReservedWay {
  readonly line: LineId;
  readonly id: Uint8Array;
  /** What is held free on that line. */
  readonly amount: number;
}

/** What a line's partner asked us to hold free: it lapses, is in memory only, and owes nothing. */
export interface Reservation {
  readonly lineIn: LineId;
  readonly inId: Uint8Array;
  readonly amountIn: number;
  readonly way: ReservedWay | undefined;
  /** Whether the line that it goes on by is in another currency. */
  readonly isExchanged: boolean;
  /** At the payee: which invoice it is for. */
  readonly proof: Uint8Array | undefined;
}

interface Held extends Reservation {
  readonly inName: string;
  amountIn: number;
  way: ReservedWay | undefined;
  readonly untilMs: number;
  isAnswered: boolean;
}

/** All reservations here. Those on one line lapse in the order in which they came. */
export class Reservations {
  readonly #byIn = new LockMap<Held>();
  readonly #byOut = new LockMap<Held>();
  readonly #counts = new Map<LineId, number>();
  readonly #sums = new Map<LineId, number>();
  readonly #between = new Map<string, number>();

  /** What is reserved on a line, and what of it by one other line. */
  reservedOn(line: LineId): number {
    return this.#sums.get(line) ?? 0;
  }

  between(lineIn: LineId, lineOut: LineId): number {
    return this.#between.get(pairName(lineIn, lineOut)) ?? 0;
  }

  /** Whether a line's partner may have one more. */
  hasRoom(lineIn: LineId): boolean {
    return (this.#counts.get(lineIn) ?? 0) < RESERVATIONS_PER_LINE_MAX;
  }

  /** @param name of `byteName` of its id */
  byIn(line: LineId, name: string): Reservation | undefined {
    return this.#byIn.get(line, name);
  }

  byOut(line: LineId, name: string): Reservation | undefined {
    return this.#byOut.get(line, name);
  }

  /** @param inName the name of `inId` */
  add(reservation: Reservation, inName: string, nowMs: number): void {
    const { amountIn, inId, isExchanged, lineIn, proof, way } = reservation;
    const untilMs = nowMs + RESERVATION_LIFE_MS;
    const isAnswered = way === undefined;
    const base = { lineIn, inId, amountIn, way, isExchanged, proof };
    const held: Held = { ...base, inName, untilMs, isAnswered };
    this.#byIn.set(lineIn, inName, held);
    if (way !== undefined) this.#byOut.set(way.line, byteName(way.id), held);
    this.#count(held, 1);
  }

  remove(reservation: Reservation): void {
    const held = this.#held(reservation);
    if (held === undefined) return;
    this.#byIn.delete(held.lineIn, held.inName);
    if (held.way !== undefined) this.#byOut.delete(held.way.line, byteName(held.way.id));
    this.#count(held, -1);
  }

  /** Those further on hold it too. */
  answered(reservation: Reservation): void {
    const held = this.#held(reservation);
    if (held !== undefined) held.isAnswered = true;
  }

  /** Those of which a line's partner has not said yet whether it holds them. */
  unanswered(lineOut: LineId): readonly Reservation[] {
    return [...this.#byOut.on(lineOut)].filter(({ isAnswered }) => !isAnswered);
  }

  /** Holds less from now on: what those further on could not hold is of no use here. */
  lessen(reservation: Reservation, amount: number): void {
    const held = this.#held(reservation);
    if (held?.way === undefined || amount >= held.way.amount) return;
    this.#count(held, -1);
    held.amountIn = amount;
    held.way = { ...held.way, amount };
    this.#count(held, 1);
  }

  /** When the next one lapses: monotonic time, Infinity where there is none. */
  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { untilMs } of this.#byIn.oldest()) next = Math.min(next, untilMs);
    return next;
  }

  /** Lets go of what has lapsed. */
  lapse(nowMs: number): void {
    if (nowMs < this.nextDeadlineMs()) return;
    for (const held of [...this.#byIn.values()]) if (held.untilMs <= nowMs) this.remove(held);
  }

  /** What is held for it, unless it was let go. */
  #held({ inId, lineIn }: Reservation): Held | undefined {
    return this.#byIn.get(lineIn, byteName(inId));
  }

  #count({ lineIn, way }: Held, sign: number): void {
    add(this.#counts, lineIn, sign);
    if (way === undefined) return;
    add(this.#sums, way.line, sign * way.amount);
    add(this.#between, pairName(lineIn, way.line), sign * way.amount);
  }
}

function add(sums: Map<string, number>, key: string, amount: number): void {
  const sum = (sums.get(key) ?? 0) + amount;
  if (sum === 0) sums.delete(key);
  else sums.set(key, sum);
}
