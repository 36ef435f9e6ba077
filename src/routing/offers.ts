import { equalBytes } from "../base/bytes.ts";
import { TypedError } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { decodePeerRecord, type PeerRecord, peerIdFromBytes } from "../identity/index.ts";
import { Admission } from "./admission.ts";
import type { Announcer } from "./announcer.ts";
import { isLinkAfter } from "./chain.ts";
import { SPARE, UNPROVEN, VIA_US } from "./columns.ts";
import type { Destination } from "./destination.ts";
import type { Fault } from "./errors.ts";
import { CHAIN_LENGTH, LINKS_PER_VERIFICATION } from "./limits.ts";
import { lotteryOf } from "./lottery.ts";
import { ENTRY, REF, type Reference, type Update } from "./messages.ts";
import type { Claim, Neighbour } from "./neighbour.ts";
import type { Origin } from "./origin.ts";
import { Pulls } from "./pulls.ts";
import type { RoutingStats } from "./stats.ts";
import { OWN_SLOT, type Table } from "./table.ts";
import type { RecordReader } from "./types.ts";

/** What has changed in an offer: it is there for the first time, or only its number is newer. */
export type OfferChange = "new" | "number" | "other";

/** What the offers work on, and whom they tell. */
export interface OffersOptions {
  readonly suite: CryptoSuite;
  readonly readRecord: RecordReader;
  readonly table: Table;
  readonly origin: Origin;
  readonly announcer: Announcer;
  readonly stats: RoutingStats;
  readonly nowMs: () => number;
  readonly fault: (from: Neighbour, fault: Fault, nowMs: number) => void;
  /** Asks a neighbour to introduce a handle of its own again. */
  readonly askAgain: (from: Neighbour, handle: number, nowMs: number) => void;
  /** What a neighbour says of a destination has changed. */
  readonly changed: (destination: Destination, by: Neighbour, change: OfferChange) => void;
  /** A neighbour has told its distance to us, or taken it back. */
  readonly ownChanged: (by: Neighbour, before: number | undefined) => void;
  /** A destination has to leave the table. */
  readonly evict: (destination: Destination) => void;
  /** Somebody waits for this destination. */
  readonly isWanted: (destination: Destination) => boolean;
}

/**
 * What neighbours say of origins: taken down in their columns, of use once the sequence number is
 * proven by a link of the origin's chain or by a newer record.
 */
export class Offers {
  readonly pulls: Pulls;
  readonly admission: Admission;
  readonly #options: OffersOptions;

  constructor(options: OffersOptions) {
    this.#options = options;
    this.admission = new Admission({
      table: options.table,
      evict: options.evict,
      take: (from, update, nowMs) => this.take(from, update, nowMs),
    });
    this.pulls = new Pulls({
      suite: options.suite,
      readRecord: options.readRecord,
      table: options.table,
      announcer: options.announcer,
      stats: options.stats,
      fault: options.fault,
      judge: (destination, by, isFaulty) => this.#judge(destination, by, isFaulty),
      evict: (destination) => options.evict(destination),
      isWanted: options.isWanted,
    });
  }

  /** The slot that a neighbour means; undefined where it means nothing that is kept here. */
  slotOf(from: Neighbour, { ref, handle, generation }: Reference): number | undefined {
    if (ref !== REF.yours) return from.handles.slot(handle);
    const { table } = this.#options;
    const isKept = handle === OWN_SLOT || table.at(handle) !== undefined;
    return isKept && table.generation(handle) === generation ? handle : undefined;
  }

  /** An announcement. */
  take(from: Neighbour, update: Update, nowMs: number): void {
    const { origin } = update;
    const slot =
      origin === undefined
        ? this.slotOf(from, update)
        : this.#introduce(from, update, origin, nowMs);
    if (slot === undefined) {
      if (update.ref === REF.mine && origin === undefined) this.#takeUnknown(from, update, nowMs);
      return;
    }
    if (slot === OWN_SLOT) {
      this.#takeOwn(from, update, nowMs);
      return;
    }
    const destination = this.#options.table.at(slot);
    if (destination === undefined) return;
    if (!isSound(destination === this.#options.table.entryOf(from), update)) {
      this.#options.fault(from, "bad-metric", nowMs);
      return;
    }
    const seqno = update.seqno ?? this.#lastSeqno(from, slot);
    if (seqno === undefined) this.#options.askAgain(from, update.handle, nowMs);
    else this.#write(from, destination, update, seqno, nowMs);
  }

  /** "I no longer reach it." */
  takeBack(from: Neighbour, reference: Reference): void {
    const slot = this.slotOf(from, reference);
    if (slot === undefined) {
      if (reference.ref === REF.mine) from.introductions.drop(reference.handle);
      return;
    }
    if (slot === OWN_SLOT) {
      const before = from.metricToUs;
      from.heard.clear(OWN_SLOT);
      this.#options.ownChanged(from, before);
      return;
    }
    const destination = this.#options.table.at(slot);
    if (destination === undefined) return;
    this.#options.announcer.abandonHandle(from, slot);
    this.forget(destination, from);
  }

  /** Forgets what a neighbour said of a destination. */
  forget(destination: Destination, by: Neighbour): void {
    if (!this.clear(destination, by)) return;
    this.#options.changed(destination, by, "other");
  }

  /** A destination leaves the table: its slot, and handles for it, may come to mean another. */
  release({ slot }: Destination): void {
    for (const by of this.#options.table.neighbours.values()) {
      const handle = by.heard.handle[slot] ?? 0;
      if (handle > 0) by.handles.release(handle - 1);
      if (handle > 0) by.heard.handle[slot] = 0;
    }
  }

  /**
   * The same without telling. False: it had said nothing. Its handle stays: it may be the name under
   * which it was told of the destination by us.
   */
  clear(destination: Destination, by: Neighbour): boolean {
    const { slot, offers } = destination;
    by.claims.delete(slot);
    by.heard.clear(slot);
    const at = offers.indexOf(by);
    if (at < 0) return false;
    offers.splice(at, 1);
    return true;
  }

  /** A record that was asked for. */
  takeRecord(from: Neighbour, reference: Reference, bytes: Uint8Array, nowMs: number): void {
    const slot = this.slotOf(from, reference);
    if (slot === OWN_SLOT) this.#takeOwnRecord(from, bytes, nowMs);
    const destination = slot === undefined ? undefined : this.#options.table.at(slot);
    if (destination !== undefined) this.pulls.receive(from, destination, bytes, nowMs);
  }

  #introduce(
    from: Neighbour,
    update: Update,
    origin: Uint8Array,
    nowMs: number,
  ): number | undefined {
    const { table, origin: own, stats } = this.#options;
    from.introductions.drop(update.handle);
    if (equalBytes(origin, own.idBytes)) {
      this.#bind(from, update, OWN_SLOT);
      return OWN_SLOT;
    }
    let destination = table.find(origin, 0);
    if (destination === undefined) {
      from.handles.release(update.handle);
      const id = peerIdFromBytes(origin);
      if (!isSound(id === from.id, update)) {
        this.#options.fault(from, "bad-metric", nowMs);
        return undefined;
      }
      const metric = update.metric + from.cost;
      if (!table.admits(id, from.id, metric, lotteryOf(origin))) return undefined;
      if (!this.admission.admit(from, id, update, origin, nowMs)) {
        stats.overflowed++;
        return undefined;
      }
      destination = table.add(id, from, nowMs);
    } else if (table.isPartOfMore && hasForgotten(from, destination.slot)) {
      this.#options.announcer.tellAfresh(from, destination.slot, nowMs);
    }
    this.#bind(from, update, destination.slot);
    return destination.slot;
  }

  #bind(from: Neighbour, { handle, generation }: Update, slot: number): void {
    const stood = from.handles.slot(handle);
    if (stood !== undefined && stood !== slot) {
      // The handle was given to another origin without a word: nothing holds of the former.
      const former = this.#options.table.at(stood);
      from.heard.handle[stood] = 0;
      if (former !== undefined && this.clear(former, from)) {
        this.#options.changed(former, from, "other");
      }
    }
    from.heard.reserve(slot);
    const before = from.heard.handle[slot] ?? 0;
    if (before > 0 && before !== handle + 1) from.handles.release(before - 1);
    from.handles.bind(handle, generation, slot);
    from.heard.handle[slot] = handle + 1;
  }

  /** It waits for a place, or it may have become near enough to be kept. */
  #takeUnknown(from: Neighbour, update: Update, nowMs: number): void {
    if (from.introductions.note(update)) return;
    const { handle, metric } = update;
    const { table, fault, askAgain } = this.#options;
    if (metric + from.cost >= table.horizonMetric(from.id)) return;
    fault(from, "unknown-handle", nowMs);
    askAgain(from, handle, nowMs);
  }

  #lastSeqno(from: Neighbour, slot: number): number | undefined {
    const claimed = from.claims.get(slot)?.seqno;
    return claimed ?? (from.heard.has(slot) ? from.heard.seqno[slot] : undefined);
  }

  #takeOwn(from: Neighbour, update: Update, nowMs: number): void {
    const { origin, fault, ownChanged } = this.#options;
    if (update.metric === 0 || update.hops === 0) {
      fault(from, "bad-metric", nowMs);
      return;
    }
    const before = from.metricToUs;
    from.heard.metric[OWN_SLOT] = update.metric;
    if (update.seqno !== undefined && update.seqno > origin.seqno) {
      this.#doubtOwn(from, update, update.seqno, nowMs);
    }
    ownChanged(from, before);
  }

  /** A number above ours was taken before our state was lost, or it is a lie: our record tells. */
  #doubtOwn(from: Neighbour, update: Update, seqno: number, nowMs: number): void {
    const { announcer } = this.#options;
    if (from.claims.has(OWN_SLOT) || !from.verifications.take(nowMs)) return;
    from.claims.set(OWN_SLOT, { seqno, link: update.link?.slice() });
    const reference = announcer.referenceFor(from, OWN_SLOT);
    if (reference !== undefined) announcer.ask(from, { kind: ENTRY.pull, ...reference }, nowMs);
  }

  #takeOwnRecord(from: Neighbour, bytes: Uint8Array, nowMs: number): void {
    const { origin, suite, fault } = this.#options;
    const claim = from.claims.get(OWN_SLOT);
    if (claim === undefined || !from.claims.delete(OWN_SLOT)) return;
    try {
      const record = decodePeerRecord(suite, bytes, origin.record);
      if (record.id !== origin.record.id) fault(from, "wrong-origin", nowMs);
      else origin.heardOwn(this.#isProvenBy(record, claim) ? claim.seqno : record.seqno);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      fault(from, "bad-record", nowMs);
    }
  }

  #isProvenBy({ seqno, chain }: PeerRecord, claim: Claim): boolean {
    const { suite, origin } = this.#options;
    const steps = claim.seqno - seqno;
    if (claim.link === undefined || chain === undefined) return false;
    if (steps < 1 || steps > CHAIN_LENGTH) return false;
    return isLinkAfter(suite, origin.idBytes, chain, claim.link, steps);
  }

  #write(
    from: Neighbour,
    destination: Destination,
    update: Update,
    seqno: number,
    nowMs: number,
  ): void {
    const { slot } = destination;
    const { heard } = from;
    heard.reserve(slot);
    const isKnown = heard.has(slot);
    const { metric } = update;
    const isSame = isKnown && heard.seqno[slot] === seqno;
    const toldBefore = isKnown && heard.metric[slot] === metric && heard.hops[slot] === update.hops;
    const flagsBefore = heard.flags[slot];
    heard.best[slot] = isSame ? Math.min(heard.best[slot] ?? metric, metric) : metric;
    heard.metric[slot] = metric;
    heard.seqno[slot] = seqno;
    heard.hops[slot] = update.hops;
    const flags = (update.viaYou ? VIA_US : 0) | (update.spare ? SPARE : 0);
    // A number is told with its link once: later news of the same one lean on that.
    const claimed = from.claims.get(slot);
    const link = update.link ?? (claimed?.seqno === seqno ? claimed.link : undefined);
    const isProven = this.#prove(from, destination, seqno, link, nowMs);
    heard.flags[slot] = flags | (isProven ? 0 : UNPROVEN);
    if (!isKnown) destination.offers.push(from);
    if (isProven) {
      from.claims.delete(slot);
    } else {
      from.claims.set(slot, { seqno, link: link?.slice() });
      this.pulls.want(destination, from, nowMs);
    }
    const isOnlyNumber = toldBefore && flagsBefore === heard.flags[slot];
    const change = isKnown ? (isOnlyNumber ? "number" : "other") : "new";
    this.#options.changed(destination, from, change);
  }

  /** A false number is a fault; what is forgotten with it is asked for again, for it may be good. */
  #refute(by: Neighbour, slot: number, nowMs: number): void {
    const handle = (by.heard.handle[slot] ?? 0) - 1;
    this.#options.fault(by, "bad-proof", nowMs);
    if (handle >= 0) this.#options.askAgain(by, handle, nowMs);
  }

  /** Whether a number is proven: as old as one that was, or its link leads to that one. */
  #prove(
    from: Neighbour,
    destination: Destination,
    seqno: number,
    link: Uint8Array | undefined,
    nowMs: number,
    isOnCredit = false,
  ): boolean {
    const { provenSeqno, provenLink, idBytes } = destination;
    if (destination.record === undefined) return false;
    if (seqno <= provenSeqno) return true;
    if (link === undefined || provenLink === undefined) return false;
    const steps = seqno - provenSeqno;
    const price = Math.ceil(steps / LINKS_PER_VERIFICATION);
    if (steps > CHAIN_LENGTH) return false;
    if (isOnCredit) from.verifications.force(nowMs, price);
    else if (!from.verifications.take(nowMs, price)) return false;
    if (!isLinkAfter(this.#options.suite, idBytes, provenLink, link, steps)) return false;
    destination.provenSeqno = seqno;
    destination.provenLink = link.slice();
    return true;
  }

  /** A record has come, or what came was none: looks at all claims again. */
  #judge(destination: Destination, from: Neighbour, isFaulty: boolean): void {
    const { changed, nowMs: clock } = this.#options;
    const { slot } = destination;
    const nowMs = clock();
    for (const by of [...destination.offers]) {
      const claim = by.claims.get(slot);
      if (claim === undefined) continue;
      // Whoever was asked has answered: that its proof costs time now is no fault of its.
      const isOnCredit = by === from;
      if (this.#prove(by, destination, claim.seqno, claim.link, nowMs, isOnCredit)) {
        by.claims.delete(slot);
        by.heard.flags[slot] = (by.heard.flags[slot] ?? 0) & ~UNPROVEN;
        changed(destination, by, "new");
      } else if (by === from) {
        if (!isFaulty) this.#refute(by, slot, nowMs);
        if (this.clear(destination, by)) changed(destination, by, "other");
      } else {
        this.pulls.want(destination, by, nowMs);
      }
    }
  }
}

/** Who introduces an origin of which it was told, and says nothing else of it, may have evicted it. */
function hasForgotten({ heard, told }: Neighbour, slot: number): boolean {
  return !heard.has(slot) && told.has(slot);
}

/** Who speaks of itself is at distance 0, and nobody else is. */
function isSound(isItself: boolean, { metric, hops }: Update): boolean {
  return isItself === (metric === 0) && isItself === (hops === 0);
}
