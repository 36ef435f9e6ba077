import type { CryptoSuite } from "../crypto/index.ts";
import { hasSpareWay, mayLeadBack, shunNeighbour, spareBeyond } from "./alternates.ts";
import { hashBack } from "./chain.ts";
import { type Columns, INTRODUCED, SPARE, VIA_US } from "./columns.ts";
import { type Destination, totalBy } from "./destination.ts";
import { SETTLE_MS, SIGNIFICANT_SHARE } from "./limits.ts";
import { ENTRY, REF, type Reference, type Retract, type Update } from "./messages.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Origin } from "./origin.ts";
import { TurnProofs } from "./proofs.ts";
import { OWN_SLOT, type Table } from "./table.ts";

/** What the writer works on. */
export interface AnnouncementOptions {
  readonly suite: CryptoSuite;
  readonly table: Table;
  readonly origin: Origin;
  readonly settle: (destination: Destination) => void;
}

/** What there is to tell a neighbour of one origin. */
export interface Announcement {
  readonly reference: Reference;
  readonly seqno: number;
  readonly metric: number;
  readonly hops: number;
  /** `VIA_US` (here: via you) and `SPARE`. */
  readonly flags: number;
}

/** Decides what a neighbour is told of an origin, and puts it into an entry. */
export class AnnouncementWriter {
  readonly #options: AnnouncementOptions;
  readonly #proofs = new TurnProofs();

  constructor(options: AnnouncementOptions) {
    this.#options = options;
  }

  /** The entry that is due; undefined where there is nothing new to say. */
  entryFor(neighbour: Neighbour, slot: number, nowMs: number): Update | Retract | undefined {
    const again = neighbour.repeating.delete(slot);
    const destination = this.#options.table.at(slot);
    if (slot === OWN_SLOT) return this.#own(neighbour, again);
    const selected = destination?.selected;
    if (destination?.record === undefined || selected === undefined) {
      return this.retraction(neighbour, slot);
    }
    const { told } = neighbour;
    const heardSeqno = selected.heard.seqno[slot] ?? 0;
    // The origin itself hears the highest number known, so that it notices lost state.
    const seqno = destination.id === neighbour.id ? destination.provenSeqno : heardSeqno;
    const metric = totalBy(destination, selected);
    const hops = (selected.heard.hops[slot] ?? 0) + 1;
    const isTold = told.has(slot) && !again;
    if (!isTold && isBeyond(neighbour, destination, metric)) {
      return this.retraction(neighbour, slot);
    }
    const via = selected === neighbour ? VIA_US : 0;
    const flags = via | (this.#hasSpare(destination, neighbour) ? SPARE : 0);
    if (flags === VIA_US && !again && isIdle(neighbour, destination)) {
      return this.retraction(neighbour, slot);
    }
    const news = isTold ? newsIn(told, slot, { seqno, metric, hops, flags }) : "large";
    if (news === "none") return undefined;
    if (news === "small" && nowMs - destination.changedAtMs < SETTLE_MS) {
      this.#options.settle(destination);
      return undefined;
    }
    destination.lowerFeasible(heardSeqno, metric);
    const link = this.#linkFor(neighbour, destination, seqno, nowMs);
    return this.#update(neighbour, slot, { seqno, metric, hops, flags }, link, again);
  }

  /** Takes back what a neighbour was told of a slot; undefined where that is nothing. */
  retraction(neighbour: Neighbour, slot: number): Retract | undefined {
    if (!neighbour.told.has(slot)) return undefined;
    const reference = this.knownReference(neighbour, slot);
    neighbour.told.clear(slot);
    return reference && { kind: ENTRY.retract, ...reference };
  }

  /** How the neighbour knows an origin: by our handle, else by its own. */
  knownReference(neighbour: Neighbour, slot: number): Reference | undefined {
    if (((neighbour.told.flags[slot] ?? 0) & INTRODUCED) !== 0) {
      return { ref: REF.mine, handle: slot, generation: 0 };
    }
    const handle = (neighbour.heard.handle[slot] ?? 0) - 1;
    if (handle < 0) return undefined;
    return { ref: REF.yours, handle, generation: neighbour.handles.generation(handle) };
  }

  #own(neighbour: Neighbour, again: boolean): Update | undefined {
    const { seqno, link } = this.#options.origin;
    const { told } = neighbour;
    if (told.has(OWN_SLOT) && !again && told.seqno[OWN_SLOT] === seqno) return undefined;
    const announcement = { seqno, metric: 0, hops: 0, flags: 0 };
    return this.#update(neighbour, OWN_SLOT, announcement, link, again);
  }

  #update(
    neighbour: Neighbour,
    slot: number,
    { seqno, metric, hops, flags }: Omit<Announcement, "reference">,
    link: Uint8Array | undefined,
    again: boolean,
  ): Update {
    const { table, origin } = this.#options;
    const { told } = neighbour;
    const known = again ? undefined : this.knownReference(neighbour, slot);
    const isSaid = known?.ref === REF.mine && told.has(slot) && told.seqno[slot] === seqno;
    told.reserve(slot);
    const introduces = known === undefined;
    const before = (told.flags[slot] ?? 0) & INTRODUCED;
    told.metric[slot] = metric;
    told.seqno[slot] = seqno;
    told.hops[slot] = hops;
    told.flags[slot] = flags | (introduces ? INTRODUCED : before);
    const idBytes = slot === OWN_SLOT ? origin.idBytes : table.at(slot)?.idBytes;
    return {
      kind: ENTRY.update,
      ref: known?.ref ?? REF.introduce,
      handle: known?.handle ?? slot,
      generation: known?.generation ?? table.generation(slot),
      origin: introduces ? idBytes : undefined,
      seqno: isSaid ? undefined : seqno,
      link: isSaid ? undefined : link,
      metric,
      hops,
      viaYou: (flags & VIA_US) !== 0,
      spare: (flags & SPARE) !== 0,
    };
  }

  /** The proof of a number, where the neighbour has not shown that it knows one as high. */
  #linkFor(
    neighbour: Neighbour,
    destination: Destination,
    seqno: number,
    nowMs: number,
  ): Uint8Array | undefined {
    const { record, provenSeqno, provenLink, slot, idBytes } = destination;
    if (record === undefined || provenLink === undefined || seqno <= record.seqno) return undefined;
    const isKnown = neighbour.heard.has(slot) && (neighbour.heard.seqno[slot] ?? 0) >= seqno;
    if (isKnown) return undefined;
    if (seqno === provenSeqno) return provenLink;
    return this.#proofs.linkOf(destination, seqno, nowMs, () =>
      hashBack(this.#options.suite, idBytes, provenLink, provenSeqno - seqno),
    );
  }

  #hasSpare(destination: Destination, neighbour: Neighbour): boolean {
    const { table } = this.#options;
    if (destination.id === neighbour.id || !mayLeadBack(table, destination, neighbour))
      return false;
    const shunned = shunNeighbour(table, destination, neighbour);
    if (hasSpareWay(destination, shunned, neighbour)) return true;
    return destination.selected === neighbour && spareBeyond(destination, neighbour) !== undefined;
  }
}

/** How much there is in an announcement that was not told before. */
function newsIn(
  told: Columns,
  slot: number,
  { seqno, metric, hops, flags }: Omit<Announcement, "reference">,
): "none" | "small" | "large" {
  const before = told.metric[slot] ?? 0;
  const toldFlags = (told.flags[slot] ?? 0) & (VIA_US | SPARE);
  if (seqno !== told.seqno[slot] || ((flags ^ toldFlags) & VIA_US) !== 0) return "large";
  const change = Math.abs(before - metric);
  if (change > 0 && change * SIGNIFICANT_SHARE >= before) return "large";
  return change > 0 || hops !== told.hops[slot] || flags !== toldFlags ? "small" : "none";
}

/**
 * Whether "my way leads through you, and I know no other" would tell the neighbour nothing: it can
 * use no such offer. What it was told under a handle of our own stays, for to take that back would
 * cost the neighbour's offer its name for a moment; and of itself it hears what we keep of it.
 */
function isIdle(neighbour: Neighbour, destination: Destination): boolean {
  if (destination.id === neighbour.id) return false;
  return ((neighbour.told.flags[destination.slot] ?? 0) & INTRODUCED) === 0;
}

/**
 * Whether the neighbour has said that it would not keep an origin so far away. What it was told of
 * it may well have kept, as what it says of its horizon is a little out of date: that has to be
 * beyond by more than the least difference which would be told.
 */
function isBeyond(
  neighbour: Neighbour,
  { slot, id, lottery }: Destination,
  metric: number,
): boolean {
  if (neighbour.wanted.has(slot) || id === neighbour.id) return false;
  const share = neighbour.told.has(slot) ? 1 - 1 / SIGNIFICANT_SHARE : 1;
  const isNear = share * (metric + neighbour.cost) < neighbour.horizonMetric;
  return !isNear && share * lottery >= neighbour.horizonLottery;
}
