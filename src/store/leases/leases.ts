import type { PeerId } from "../../identity/index.ts";
import type { RecordWrite } from "../../ports/index.ts";
import type { StoreContext } from "../context.ts";
import type { StoreError } from "../errors.ts";
import type { ObjectEntry } from "../records.ts";
import type { Balance } from "./accounts.ts";
import { LeaseBook } from "./lease-book.ts";
import { Renewer } from "./renewer.ts";
import { Sweeper } from "./sweeper.ts";

/** What goes between this peer and another. */
export interface Neighbour {
  readonly peer: PeerId;
  /** What is kept here for it, and until when if it is not heard of again (wall clock; 0: nothing). */
  readonly taken: Balance;
  readonly leaseEndsAtMs: number;
  /** What it keeps for this peer, and until when it promised to (wall clock; 0: not known yet). */
  readonly given: Balance;
  readonly promisedUntilMs: number;
}

/** Leases in both directions: what is kept here for others, and what others keep. */
export class Leases {
  readonly book: LeaseBook;
  readonly #context: StoreContext;
  readonly #renewer: Renewer;
  readonly #sweeper: Sweeper;

  /** @param onChange what is known of an object's holders changed */
  constructor(context: StoreContext, onChange: (root: string) => void) {
    this.#context = context;
    this.book = new LeaseBook(context);
    this.#renewer = new Renewer(context, onChange);
    this.#sweeper = new Sweeper(context, this.book);
  }

  load(done: (error: StoreError | undefined) => void): void {
    this.book.load((error) => {
      if (error === undefined) this.#renewer.load(done);
      else done(error);
    });
  }

  /** Objects of others in the trash. */
  get trashCount(): number {
    return this.book.trashCount;
  }

  /** All peers that keep something for this one or the other way round. */
  neighbours(): Neighbour[] {
    const { accounts } = this.#context.ledger;
    return [...accounts.peers()].map((peer) => ({
      peer,
      taken: accounts.taken(peer),
      leaseEndsAtMs: this.book.lessee(peer),
      given: accounts.given(peer),
      promisedUntilMs: this.#renewer.promisedMs(peer),
    }));
  }

  /** What is to be written where an object is let go. */
  release(object: ObjectEntry): readonly RecordWrite[] {
    return this.#renewer.release(object);
  }

  /** An object is wanted again. */
  retake(root: string): void {
    this.#renewer.retake(root);
  }

  /** Renews nothing, or does again: the line costs by the byte. */
  hold(isHeld: boolean): void {
    this.#renewer.hold(isHeld);
  }

  peerReachable(peer: PeerId): void {
    this.#renewer.peerReachable(peer);
  }

  peerUnreachable(peer: PeerId): void {
    this.#renewer.peerUnreachable(peer);
  }

  nextDeadlineMs(): number {
    return Math.min(this.#renewer.nextDeadlineMs(), this.#sweeper.nextDeadlineMs());
  }

  tick(): void {
    this.#renewer.tick();
    this.#sweeper.tick();
  }
}
