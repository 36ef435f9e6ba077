import { equalBytes } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { type PeerId, type PeerRecord, peerIdToBytes } from "../../identity/index.ts";
import { WireError } from "../../wire/index.ts";
import type { RoutingStats } from "../stats.ts";
import type { Landmarks } from "./landmarks.ts";
import { belongsTo, decodeLocator, type Locator, verifyLocator } from "./locator.ts";
import type { LocatorStore } from "./locator-store.ts";
import {
  type Answer,
  type Deposit,
  decodeLookup,
  decodePublish,
  encodeAnswer,
  encodeKept,
  encodeLookup,
  type Lookup,
} from "./messages.ts";
import type { Vicinity } from "./vicinity.ts";

/** What a directory works on. */
export interface DirectoryOptions {
  readonly selfId: PeerId;
  readonly suite: CryptoSuite;
  readonly stats: RoutingStats;
  readonly landmarks: Landmarks;
  readonly vicinity: Vicinity;
  readonly store: LocatorStore;
  readonly ownRecord: () => PeerRecord;
}

/** What comes of a question: an answer, or the question passed on to a closer landmark. */
export type Verdict =
  | { readonly answer: Uint8Array }
  | { readonly passTo: Uint8Array; readonly question: Uint8Array };

/** This peer's share of the directory: keeps locators of others, and answers lookups. */
export class Directory {
  readonly #options: DirectoryOptions;

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  /** Keeps a locator if it may be believed. Returns what to answer, if anything. */
  publish(payload: Uint8Array, side: PeerId, nowMs: number): Uint8Array | undefined {
    try {
      const { cookie, record, locator } = decodePublish(payload);
      return this.#keep({ record, locator }, side, nowMs) ? encodeKept(cookie) : undefined;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#options.stats.services.malformed++;
      return undefined;
    }
  }

  /** Keeps this peer's own locator. */
  keepOwn(deposit: Deposit, nowMs: number): void {
    this.#keep(deposit, this.#options.selfId, nowMs);
  }

  /** Answers a lookup or passes it on. Undefined: it cannot be read. */
  lookup(payload: Uint8Array, nowMs: number): Verdict | undefined {
    const { stats, landmarks } = this.#options;
    let question: Lookup;
    try {
      question = decodeLookup(payload);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return undefined;
    }
    const found = this.#find(question, nowMs);
    if (found !== undefined) {
      stats.services.lookupsAnswered++;
      return { answer: encodeAnswer(found) };
    }
    // Closeness only grows from one to the next, so no question comes round.
    const target = peerIdToBytes(question.target);
    const closer = question.passes > 0 ? landmarks.closerTo(target, nowMs)?.idBytes : undefined;
    if (closer !== undefined) {
      stats.services.lookupsPassedOn++;
      const passed = encodeLookup({ ...question, passes: question.passes - 1 });
      return { passTo: closer, question: passed };
    }
    return { answer: encodeAnswer({ cookie: question.cookie, kind: "unknown" }) };
  }

  #find({ cookie, target }: Lookup, nowMs: number): Answer | undefined {
    const { selfId, ownRecord, vicinity, store } = this.#options;
    const known = vicinity.get(target);
    const record =
      target === selfId
        ? ownRecord().bytes
        : known?.selected === undefined
          ? undefined
          : known.record?.bytes;
    if (record !== undefined) return { cookie, kind: "waypoint", record };
    const kept = store.get(target, nowMs);
    return kept && { cookie, kind: "locator", record: kept.record, locator: kept.locator.bytes };
  }

  #keep({ record, locator: bytes }: Deposit, side: PeerId, nowMs: number): boolean {
    const { suite, store, stats } = this.#options;
    const locator = decodeLocator(suite, bytes);
    if (isKept(store, locator, nowMs)) return true;
    if (
      !store.wants(locator, nowMs) ||
      !belongsTo(suite, record, locator) ||
      !verifyLocator(suite, locator)
    ) {
      stats.services.locatorsRejected++;
      return false;
    }
    store.keep(locator, record.slice(), side, nowMs);
    stats.services.locatorsStored++;
    return true;
  }
}

/** Whether this very locator is kept already; it is not believed for longer because of it. */
function isKept(store: LocatorStore, locator: Locator, nowMs: number): boolean {
  const kept = store.get(locator.id, nowMs);
  return kept !== undefined && equalBytes(kept.locator.bytes, locator.bytes);
}
