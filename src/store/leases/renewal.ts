import type { PeerId } from "../../identity/index.ts";
import { Channel } from "../channel.ts";
import type { StoreContext } from "../context.ts";
import { encodeMessage, type StoreMessage } from "../messages.ts";
import { leaseDigest } from "./digest.ts";
import type { Wish } from "./lease-book.ts";
import { LEASE_PAGE_OBJECTS, LEASE_PAGES_MAX, RENEW_SILENCE_MS } from "./limits.ts";

/** What a renewal asks the owner's side, and what it tells it. */
export interface RenewalEvents {
  /** What is wanted of an object that the holder keeps. */
  wish(root: string): Wish;
  /** The holder has nothing of these objects, although that was believed. */
  onLacking(roots: readonly string[]): void;
  /** Called once, last. @param seconds how long all is kept; undefined: it failed */
  onEnd(seconds: number | undefined): void;
}

/**
 * Renews all leases of this peer with one holder over one stream. Where both know of the same
 * objects that takes one message; else the holder tells page by page what it has, and the owner
 * what it wants of it, and then what it wants besides.
 */
export class Renewal {
  readonly peer: PeerId;
  readonly #context: StoreContext;
  /** What the holder is believed to have, in ascending order. */
  readonly #believed: readonly string[];
  readonly #events: RenewalEvents;
  /** What it said that it has; undefined: all is as believed. */
  #listed: Set<string> | undefined;
  #pages = 0;
  #isListed = false;
  #seconds: number | undefined;
  /** What it is asked to keep besides, page by page. */
  #adopting: string[][] = [];
  #lacking: string[] = [];
  #channel: Channel | undefined;
  #movement = 0;
  #movedAtMs: number;
  #isOver = false;

  constructor(
    context: StoreContext,
    peer: PeerId,
    believed: readonly string[],
    events: RenewalEvents,
  ) {
    this.#context = context;
    this.peer = peer;
    this.#believed = [...believed].sort();
    this.#events = events;
    this.#movedAtMs = context.clock.monotonicMs();
  }

  start(): void {
    this.#channel = Channel.open(this.#context.session, this.peer, {
      onMessage: (message) => this.#onMessage(message),
      onDrain: () => {},
      onClosed: () => this.#end(undefined),
    });
    const digest = leaseDigest(this.#context.suite, this.#believed);
    if (this.#channel === undefined) this.#end(undefined);
    else this.#say({ t: "renew", digest });
  }

  nextDeadlineMs(): number {
    return this.#isOver ? Number.POSITIVE_INFINITY : this.#movedAtMs + RENEW_SILENCE_MS;
  }

  tick(): void {
    if (this.#isOver || this.#channel === undefined) return;
    const now = this.#context.clock.monotonicMs();
    if (this.#channel.movement !== this.#movement) {
      this.#movement = this.#channel.movement;
      this.#movedAtMs = now;
    } else if (now >= this.nextDeadlineMs()) {
      this.#end(undefined);
    }
  }

  /** The peer is gone. */
  abandon(): void {
    this.#end(undefined);
  }

  #onMessage(message: StoreMessage): void {
    if (this.#isOver) return;
    if (message.t === "leases" && !this.#isListed && this.#pages++ < LEASE_PAGES_MAX) {
      this.#answer(message.roots, message.isLast);
    } else if (message.t === "renewed" && this.#seconds === undefined) {
      this.#renewed(message.seconds);
    } else if (message.t === "adopted" && this.#adopting.length > 0) {
      this.#adopted(message.kept);
    } else {
      this.#end(undefined);
    }
  }

  #answer(roots: readonly string[], isLast: boolean): void {
    this.#listed ??= new Set();
    this.#isListed = isLast;
    for (const root of roots) this.#listed.add(root);
    this.#say({ t: "wishes", wishes: roots.map((root) => this.#events.wish(root)) });
  }

  #renewed(seconds: number): void {
    if (this.#listed !== undefined && !this.#isListed) {
      this.#end(undefined);
      return;
    }
    this.#seconds = seconds;
    const listed = this.#listed;
    if (listed === undefined) {
      this.#end(seconds);
      return;
    }
    const missing = this.#believed.filter((root) => !listed.has(root));
    for (let at = 0; at < missing.length; at += LEASE_PAGE_OBJECTS) {
      this.#adopting.push(missing.slice(at, at + LEASE_PAGE_OBJECTS));
    }
    this.#adoptNext();
  }

  #adoptNext(): void {
    const [roots] = this.#adopting;
    if (roots !== undefined) {
      this.#say({ t: "adopt", roots });
      return;
    }
    if (this.#lacking.length > 0) this.#events.onLacking(this.#lacking);
    this.#end(this.#seconds);
  }

  #adopted(kept: readonly boolean[]): void {
    const roots = this.#adopting.shift() ?? [];
    if (kept.length !== roots.length) {
      this.#end(undefined);
      return;
    }
    this.#lacking.push(...roots.filter((_, i) => kept[i] === false));
    this.#adoptNext();
  }

  #say(message: StoreMessage): void {
    this.#channel?.send(encodeMessage(message));
  }

  #end(seconds: number | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#channel?.close();
    this.#events.onEnd(seconds);
  }
}
