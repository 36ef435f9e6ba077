import { toBase32 } from "../../../base/base32.ts";
import type { Done, LineDesk, LineEvents, LineId, Lock } from "../../../money/line-desk.ts";
import { decodePaymentMessage, encodePaymentMessage } from "../../../money/payments/messages.ts";
import type { Random, RecordWrite } from "../../../ports/index.ts";
import { chance, pick } from "../../dice.ts";
import type { FakeDesk } from "./fake-desk.ts";
import type { TownNode, Twist } from "./town.ts";

/** What evil people of one town know together. */
export interface Conspiracy {
  /** Preimages by the base32 of their hash. */
  readonly preimages: Map<string, Uint8Array>;
  /** Everything any of them was told, for playing it again. */
  readonly heard: Uint8Array[];
  readonly desks: Map<number, FakeDesk>;
  /** How often each trick was really played. */
  readonly tricks: Map<string, number>;
}

const HEARD_MAX = 64;

/** Nobody has done anything yet. */
export function newConspiracy(): Conspiracy {
  return { preimages: new Map(), heard: [], desks: new Map(), tricks: new Map() };
}

/**
 * Somebody who keeps no rule but those that a partner's own program enforces: passes on less, more
 * or nothing, garbles what others shall read, lets go of what it has passed on, takes what it can
 * with preimages that its friends have seen elsewhere, writes what no line allows, says anything.
 * @param share of its acts that are evil, 0 … 1
 * @param only the tricks that it knows; all where left out
 */
export function evilTwist(
  plot: Conspiracy,
  random: Random,
  share: number,
  only?: readonly string[],
): Twist {
  return (desk, node) => {
    plot.desks.set(node.place, desk);
    const evil = new EvilDesk(desk, node, { plot, random, share, only });
    return { desk: evil, hear: (events) => evil.hear(events) };
  };
}

interface Evil {
  readonly plot: Conspiracy;
  readonly random: Random;
  readonly share: number;
  readonly only: readonly string[] | undefined;
}

class EvilDesk implements LineDesk {
  readonly #desk: FakeDesk;
  readonly #node: TownNode;
  readonly #plot: Conspiracy;
  readonly #random: Random;
  readonly #share: number;

  readonly #only: readonly string[] | undefined;

  constructor(desk: FakeDesk, node: TownNode, { plot, random, share, only }: Evil) {
    this.#desk = desk;
    this.#node = node;
    this.#plot = plot;
    this.#random = random;
    this.#share = share;
    this.#only = only;
  }

  lines() {
    return this.#desk.lines();
  }

  line(id: LineId) {
    return this.#desk.line(id);
  }

  locksIn(id: LineId) {
    return this.#desk.locksIn(id);
  }

  locksOut(id: LineId) {
    return this.#desk.locksOut(id);
  }

  pay(id: LineId, amount: number, memo: string, together: readonly RecordWrite[], done: Done) {
    this.#desk.pay(id, amount, memo, together, done);
  }

  prepare(id: LineId, lock: Lock, together: readonly RecordWrite[], done: Done): void {
    const trick = this.#trick("swallow", "garble", "less", "more", "hash", "beyond");
    const { amount, onion } = lock;
    switch (trick) {
      case "swallow":
        done(null);
        return;
      case "garble":
        this.#desk.prepare(id, { ...lock, onion: this.#garbled(onion) }, together, done);
        return;
      case "less":
        this.#desk.prepare(id, { ...lock, amount: Math.max(1, amount >> 1) }, together, done);
        return;
      case "more":
        this.#desk.prepare(id, { ...lock, amount: amount * 2 }, together, done);
        return;
      case "hash":
        this.#desk.prepare(id, { ...lock, hash: this.#random.bytes(32) }, together, done);
        return;
      case "beyond":
        this.#desk.force(id, { t: "prepare", lock: { ...lock, amount: 1_000_000_000 } });
        done(null);
        return;
      default:
        this.#desk.prepare(id, lock, together, done);
    }
  }

  fulfil(
    id: LineId,
    lockId: Uint8Array,
    preimage: Uint8Array,
    together: readonly RecordWrite[],
    done: Done,
  ): void {
    const trick = this.#trick("keep", "false");
    if (trick === "keep") done(null);
    else if (trick === "false") {
      this.#desk.force(id, { t: "fulfil", lockId, preimage: this.#random.bytes(32) });
      done(null);
    } else this.#desk.fulfil(id, lockId, preimage, together, done);
  }

  cancel(
    id: LineId,
    lockId: Uint8Array,
    reason: string,
    together: readonly RecordWrite[],
    done: Done,
  ): void {
    if (this.#trick("hold") === "hold") done(null);
    else this.#desk.cancel(id, lockId, reason, together, done);
  }

  tell(id: LineId, message: Uint8Array): boolean {
    const trick = this.#trick("silent", "babble", "again", "noise");
    if (trick === "silent") return true;
    if (trick === "babble") return this.#desk.tell(id, this.#garbled(message));
    if (trick === "noise") this.#desk.tell(id, this.#random.bytes(this.#random.u32() % 300));
    if (trick === "again" && this.#plot.heard.length > 0) {
      this.#desk.tell(id, pick(this.#random, this.#plot.heard));
    }
    return this.#desk.tell(id, message);
  }

  hear(events: LineEvents): LineEvents {
    return {
      onLine: (view) => events.onLine(view),
      onPaid: (...about) => events.onPaid(...about),
      onPrepared: (id, lock) => {
        if (this.#takesAtOnce(id, lock)) return;
        events.onPrepared(id, lock);
        // Lets go of what it has passed on, and hopes to be paid for it all the same.
        if (this.#trick("both") === "both") this.#desk.cancel(id, lock.id, "limit", [], () => {});
      },
      onFulfilled: (id, lockId, preimage) => {
        this.#learn(preimage);
        events.onFulfilled(id, lockId, preimage);
      },
      onCancelled: (id, lockId, reason) => events.onCancelled(id, lockId, reason),
      onTold: (id, message) => {
        if (this.#plot.heard.length < HEARD_MAX) this.#plot.heard.push(message);
        const asked = decodePaymentMessage(message);
        if (asked?.t === "reserve" && this.#trick("yes") === "yes") {
          const answer = { t: "answer", id: asked.id, reason: "ok", granted: [] } as const;
          this.#desk.tell(id, encodePaymentMessage(answer));
          return;
        }
        events.onTold(id, message);
      },
      onReach: (id, isInReach) => events.onReach(id, isInReach),
    };
  }

  /** Whatever its friends know the preimage of is taken, whoever it is meant for. */
  #takesAtOnce(id: LineId, lock: Lock): boolean {
    const preimage = this.#plot.preimages.get(toBase32(lock.hash));
    if (preimage === undefined || !chance(this.#random, 0.7)) return false;
    this.#count("take");
    this.#desk.fulfil(id, lock.id, preimage, [], () => {});
    return true;
  }

  /** Tells all friends, who take what is locked for them with that hash. */
  #learn(preimage: Uint8Array): void {
    const hash = toBase32(this.#node.hash(preimage));
    this.#plot.preimages.set(hash, preimage);
    if (this.#trick("tunnel") !== "tunnel") return;
    for (const desk of this.#plot.desks.values()) {
      for (const { id } of desk.lines()) {
        const locks = [...desk.locksIn(id)].filter((lock) => toBase32(lock.hash) === hash);
        for (const lock of locks) desk.fulfil(id, lock.id, preimage, [], () => {});
      }
    }
  }

  #garbled(bytes: Uint8Array): Uint8Array {
    const garbled = Uint8Array.from(bytes);
    if (garbled.length > 0) {
      const at = this.#random.u32() % garbled.length;
      garbled[at] = (garbled[at] ?? 0) ^ (1 << (this.#random.u32() % 8));
    }
    return garbled;
  }

  #trick<T extends string>(...tricks: readonly T[]): T | undefined {
    if (!chance(this.#random, this.#share)) return undefined;
    const known = tricks.filter((trick) => this.#only?.includes(trick) ?? true);
    if (known.length === 0) return undefined;
    const trick = pick(this.#random, known);
    this.#count(trick);
    return trick;
  }

  #count(trick: string): void {
    this.#plot.tricks.set(trick, (this.#plot.tricks.get(trick) ?? 0) + 1);
  }
}
