import type { LineId } from "../line-desk.ts";
import { RESERVATION_LIFE_MS, RESERVATIONS_PER_LINE_MAX } from "./limits.ts";
import { lockKey } from "./lock-key.ts";

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

type Held = {
  -readonly [Key in keyof Reservation]: Reservation[Key];
} & { readonly untilMs: number; isAnswered: boolean };

/** All reservations here. They lapse in the order in which they came. */
export class Reservations {
  readonly #byIn = new Map<string, Held>();
  readonly #byOut = new Map<string, Held>();
  readonly #counts = new Map<LineId, number>();
  readonly #sums = new Map<LineId, number>();
  readonly #between = new Map<string, number>();

  /** What is reserved on a line, and what of it by one other line. */
  reservedOn(line: LineId): number {
    return this.#sums.get(line) ?? 0;
  }

  between(lineIn: LineId, lineOut: LineId): number {
    return this.#between.get(`${lineIn}>${lineOut}`) ?? 0;
  }

  /** Whether a line's partner may have one more. */
  hasRoom(lineIn: LineId): boolean {
    return (this.#counts.get(lineIn) ?? 0) < RESERVATIONS_PER_LINE_MAX;
  }

  byIn(line: LineId, id: Uint8Array): Reservation | undefined {
    return this.#byIn.get(lockKey(line, id));
  }

  byOut(line: LineId, id: Uint8Array): Reservation | undefined {
    return this.#byOut.get(lockKey(line, id));
  }

  add(reservation: Reservation, nowMs: number): void {
    const untilMs = nowMs + RESERVATION_LIFE_MS;
    const held = { ...reservation, untilMs, isAnswered: reservation.way === undefined };
    this.#byIn.set(lockKey(held.lineIn, held.inId), held);
    if (held.way !== undefined) this.#byOut.set(lockKey(held.way.line, held.way.id), held);
    this.#count(held, 1);
  }

  remove(reservation: Reservation): void {
    const key = lockKey(reservation.lineIn, reservation.inId);
    const held = this.#byIn.get(key);
    if (held === undefined) return;
    this.#byIn.delete(key);
    if (held.way !== undefined) this.#byOut.delete(lockKey(held.way.line, held.way.id));
    this.#count(held, -1);
  }

  /** Those further on hold it too. */
  answered({ inId, lineIn }: Reservation): void {
    const held = this.#byIn.get(lockKey(lineIn, inId));
    if (held !== undefined) held.isAnswered = true;
  }

  /** Those of which a line's partner has not said yet whether it holds them. */
  unanswered(lineOut: LineId): readonly Reservation[] {
    return [...this.#byOut.values()].filter(
      ({ isAnswered, way }) => !isAnswered && way?.line === lineOut,
    );
  }

  /** Holds less from now on: what those further on could not hold is of no use here. */
  lessen(reservation: Reservation, amount: number): void {
    const held = this.#byIn.get(lockKey(reservation.lineIn, reservation.inId));
    if (held?.way === undefined || amount >= held.way.amount) return;
    this.#count(held, -1);
    held.amountIn = amount;
    held.way = { ...held.way, amount };
    this.#count(held, 1);
  }

  /** When the next one lapses: monotonic time, Infinity where there is none. */
  nextDeadlineMs(): number {
    const [oldest] = this.#byIn.values();
    return oldest?.untilMs ?? Number.POSITIVE_INFINITY;
  }

  /** Lets go of what has lapsed. */
  lapse(nowMs: number): void {
    for (const held of this.#byIn.values()) {
      if (held.untilMs > nowMs) return;
      this.remove(held);
    }
  }

  #count({ lineIn, way }: Held, sign: number): void {
    add(this.#counts, lineIn, sign);
    if (way === undefined) return;
    add(this.#sums, way.line, sign * way.amount);
    add(this.#between, `${lineIn}>${way.line}`, sign * way.amount);
  }
}

function add(sums: Map<string, number>, key: string, amount: number): void {
  const sum = (sums.get(key) ?? 0) + amount;
  if (sum === 0) sums.delete(key);
  else sums.set(key, sum);
}
