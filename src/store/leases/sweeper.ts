import type { StoreContext } from "../context.ts";
import type { LeaseBook } from "./lease-book.ts";
import { returnLent } from "./lent.ts";
import {
  CLOCK_JUMP_MS,
  LEASE_SWEEP_MS,
  LEASE_SWEEP_OBJECTS,
  TRASH_GRACE_MS,
  TRASH_MS,
} from "./limits.ts";

/**
 * Puts what nobody has a lease on any more into the trash, and empties it. A clock that was set
 * wrong could do that to everything at once, so nothing is deleted soon after a start or a jump
 * of the clock: the owners within reach renew their leases first.
 */
export class Sweeper {
  readonly #context: StoreContext;
  readonly #book: LeaseBook;
  #dueAtMs: number;
  #mayDeleteAtMs: number;
  /** Wall clock less running time: jumps with the clock. */
  #offsetMs: number;
  /** Objects that this sweep has still to look at. */
  #left: Iterator<string> | undefined;

  constructor(context: StoreContext, book: LeaseBook) {
    this.#context = context;
    this.#book = book;
    const now = context.clock.monotonicMs();
    this.#offsetMs = context.clock.wallMs() - now;
    this.#dueAtMs = now + LEASE_SWEEP_MS;
    this.#mayDeleteAtMs = now + TRASH_GRACE_MS;
  }

  nextDeadlineMs(): number {
    return this.#dueAtMs;
  }

  tick(): void {
    const { clock, ledger } = this.#context;
    const now = clock.monotonicMs();
    if (now < this.#dueAtMs) return;
    const offsetMs = clock.wallMs() - now;
    if (Math.abs(offsetMs - this.#offsetMs) > CLOCK_JUMP_MS) {
      this.#mayDeleteAtMs = now + TRASH_GRACE_MS;
    }
    this.#offsetMs = offsetMs;
    if (this.#left === undefined) this.#returnLent();
    this.#left ??= ledger.accounts.broughtRoots();
    for (let looked = 0; looked < LEASE_SWEEP_OBJECTS; looked++) {
      const { value: root, done } = this.#left.next();
      if (done === true) {
        this.#left = undefined;
        this.#book.forgetLessees(clock.wallMs() - TRASH_MS);
        this.#dueAtMs = now + LEASE_SWEEP_MS;
        return;
      }
      this.#look(root, now);
    }
    this.#dueAtMs = now + 1;
  }

  /** What was healed for others and found no place elsewhere is not kept for longer than theirs. */
  #returnLent(): void {
    const { ledger, clock } = this.#context;
    for (const object of [...ledger.objects()]) {
      if ((object.lentUntilMs ?? Number.POSITIVE_INFINITY) > clock.wallMs()) continue;
      returnLent(this.#context, this.#book, object);
    }
  }

  #look(root: string, now: number): void {
    const wallMs = this.#context.clock.wallMs();
    const trashedAtMs = this.#book.trashedAtMs(root);
    if (this.#book.endOf(root) > wallMs) {
      if (trashedAtMs !== undefined) this.#book.restore(root);
    } else if (trashedAtMs === undefined || trashedAtMs > wallMs) this.#book.discard(root);
    else if (wallMs >= trashedAtMs + TRASH_MS && now >= this.#mayDeleteAtMs) this.#delete(root);
  }

  #delete(root: string): void {
    const { ledger, log } = this.#context;
    log.info("what nobody renewed is deleted", { root: root.slice(0, 8) });
    ledger.drop(root, this.#book.forget(root), (error) => {
      if (error !== undefined) log.warn("trash not emptied", { reason: error.code });
    });
  }
}
