import { equalBytes } from "../../base/bytes.ts";
import type { PeerId } from "../../identity/index.ts";
import type { StoreContext } from "../context.ts";
import type { StoreError } from "../errors.ts";
import { encodeMessage, type StoreMessage } from "../messages.ts";
import { leaseDigest } from "./digest.ts";
import type { LeaseBook, Wish } from "./lease-book.ts";
import { LEASE_MS, LEASE_PAGE_OBJECTS } from "./limits.ts";

type Reply = (message: Uint8Array) => void;

/** A renewal that goes through the objects one by one. */
interface Listing {
  readonly roots: readonly string[];
  readonly wishes: Map<string, Wish>;
  /** Objects that the owner has been told. */
  told: number;
}

/** The holder's side of renewals, on one stream. */
export class LeaseClerk {
  readonly #context: StoreContext;
  readonly #book: LeaseBook;
  readonly #owner: PeerId;
  #listing: Listing | undefined;

  constructor(context: StoreContext, book: LeaseBook, owner: PeerId) {
    this.#context = context;
    this.#book = book;
    this.#owner = owner;
  }

  /** All is as the owner believes, or it is shown what there is. */
  renew(digest: Uint8Array, reply: Reply): void {
    const renewed = this.#book.renewedBy(this.#owner);
    const wishes = new Map<string, Wish>();
    this.#listing = undefined;
    if (equalBytes(digest, leaseDigest(this.#context.suite, renewed))) {
      this.#renew(wishes, reply);
      return;
    }
    const roots = this.#book.rootsOf(this.#owner);
    this.#listing = { roots, wishes, told: 0 };
    this.#tell(this.#listing, reply);
  }

  /** What the owner wants of the objects that it was told last. */
  wishes(wishes: readonly Wish[], reply: Reply): void {
    const listing = this.#listing;
    const start = listing?.wishes.size ?? 0;
    if (listing === undefined || start + wishes.length !== listing.told) {
      say(reply, { t: "missing" });
      return;
    }
    for (const [i, wish] of wishes.entries())
      listing.wishes.set(listing.roots[start + i] ?? "", wish);
    if (listing.told < listing.roots.length) {
      this.#tell(listing, reply);
      return;
    }
    this.#listing = undefined;
    this.#renew(listing.wishes, reply);
  }

  /** The owner wants what others brought. */
  adopt(roots: readonly string[], reply: Reply): void {
    this.#book.adopt(this.#owner, roots, (error, kept) => {
      say(reply, error === undefined ? { t: "adopted", kept } : { t: "missing" });
    });
  }

  #tell(listing: Listing, reply: Reply): void {
    const roots = listing.roots.slice(listing.told, listing.told + LEASE_PAGE_OBJECTS);
    listing.told += roots.length;
    say(reply, { t: "leases", roots, isLast: listing.told === listing.roots.length });
  }

  #renew(wishes: ReadonlyMap<string, Wish>, reply: Reply): void {
    const { ledger, log } = this.#context;
    const note = (error: StoreError | undefined): void => {
      if (error !== undefined) log.warn("what was let go is not deleted", { reason: error.code });
    };
    if (wishes.size === 0 && this.#book.rootsOf(this.#owner).length === 0) {
      // Whoever keeps nothing here takes no record either.
      say(reply, { t: "renewed", seconds: LEASE_MS / 1_000 });
      return;
    }
    this.#book.renew(this.#owner, wishes, (error, unwanted) => {
      for (const root of unwanted) ledger.drop(root, this.#book.forget(root), note);
      const seconds = LEASE_MS / 1_000;
      say(reply, error === undefined ? { t: "renewed", seconds } : { t: "missing" });
    });
  }
}

function say(reply: Reply, message: StoreMessage): void {
  reply(encodeMessage(message));
}
