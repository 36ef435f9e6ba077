import { toHex } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import {
  decodePeerRecord,
  IdentityError,
  type PeerId,
  type PeerRecord,
  peerIdToBytes,
} from "../../identity/index.ts";
import type { Random } from "../../ports/index.ts";
import { WireError } from "../../wire/index.ts";
import type { Path } from "../path-types.ts";
import type { RoutingStats } from "../stats.ts";
import type { Landmark, Landmarks } from "./landmarks.ts";
import {
  LOCATOR_TTL_SECONDS,
  LOOKUP_ASKS_MAX,
  LOOKUP_PASSES_MAX,
  LOOKUP_TIMEOUT_MS,
  LOOKUP_WAITERS_MAX,
  LOOKUPS_OPEN_MAX,
} from "./limits.ts";
import type { LocatedPeers } from "./located.ts";
import { belongsTo, decodeLocator, verifyLocator } from "./locator.ts";
import type { LocatorStore } from "./locator-store.ts";
import { type Answer, COOKIE_BYTES, type Deposit, decodeAnswer, encodeLookup } from "./messages.ts";
import { patienceMs } from "./vicinity.ts";

/** What lookups work on. */
export interface LookupsOptions {
  readonly selfId: PeerId;
  readonly suite: CryptoSuite;
  readonly random: Random;
  readonly stats: RoutingStats;
  readonly landmarks: Landmarks;
  readonly located: LocatedPeers;
  readonly store: LocatorStore;
  /** Sends a payload to a landmark, recorded. */
  readonly send: (to: PeerId, payload: Uint8Array) => boolean;
  readonly onLocated: (record: PeerRecord) => void;
}

type Done = (record: PeerRecord | undefined) => void;

interface Open {
  readonly target: PeerId;
  readonly dones: Done[];
  /** The landmarks to ask, closest first; those before `from` were asked by an earlier lookup. */
  readonly candidates: readonly Landmark[];
  readonly from: number;
  /** How many of them this lookup has asked. */
  asked: number;
  /** Cookies that may still be answered, with the number of the landmark asked. */
  readonly cookies: Map<string, number>;
  dueMs: number;
}

/** Looks peers up at the landmarks closest to their ids, one after the other. */
export class Lookups {
  readonly #options: LookupsOptions;
  readonly #open = new Map<PeerId, Open>();
  readonly #byCookie = new Map<string, Open>();

  constructor(options: LookupsOptions) {
    this.#options = options;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Looks a peer up. `done` is called once, perhaps at once. */
  start(target: PeerId, done: Done, nowMs: number): void {
    const { landmarks, located, selfId, stats } = this.#options;
    const running = this.#open.get(target);
    if (running !== undefined) {
      if (running.dones.length < LOOKUP_WAITERS_MAX) running.dones.push(done);
      else done(undefined);
      return;
    }
    if (this.#open.size >= LOOKUPS_OPEN_MAX) {
      done(undefined);
      return;
    }
    const candidates = landmarks.closestTo(peerIdToBytes(target), LOOKUP_ASKS_MAX, nowMs);
    // Who answered last, and in vain, is asked last.
    const from = located.get(target, nowMs)?.asked ?? 0;
    const cookies = new Map<string, number>();
    const open = { target, dones: [done], candidates, from, asked: 0, cookies, dueMs: 0 };
    this.#open.set(target, open);
    stats.services.lookupsStarted++;
    if (candidates.some(({ id }) => id === selfId) && this.#findOwn(open, nowMs)) return;
    this.#askNext(open, nowMs);
  }

  /** Takes in an answer. False: nobody asked. */
  receive(payload: Uint8Array, back: Path, nowMs: number): boolean {
    const answer = readAnswer(payload);
    const cookie = answer && toHex(answer.cookie);
    const open = cookie === undefined ? undefined : this.#byCookie.get(cookie);
    if (answer === undefined || cookie === undefined || open === undefined) return false;
    const asked = open.cookies.get(cookie) ?? 0;
    this.#forgetCookie(open, cookie);
    if (this.#believe(open, answer, back, asked, nowMs)) return true;
    if (answer.kind !== "unknown") this.#options.stats.services.answersRejected++;
    if (asked === open.asked) this.#askNext(open, nowMs);
    return true;
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#open.values()) next = Math.min(next, dueMs);
    return next;
  }

  tick(nowMs: number): void {
    for (const open of [...this.#open.values()]) {
      if (open.dueMs <= nowMs) this.#askNext(open, nowMs);
    }
  }

  #askNext(open: Open, nowMs: number): void {
    const { random, send, selfId } = this.#options;
    const { candidates, cookies, target } = open;
    while (open.asked < candidates.length) {
      const landmark = candidates[(open.from + open.asked) % candidates.length];
      open.asked++;
      if (landmark === undefined || landmark.id === selfId) continue;
      const cookie = random.bytes(COOKIE_BYTES);
      const payload = encodeLookup({ cookie, target, passes: LOOKUP_PASSES_MAX });
      const key = toHex(cookie);
      open.dueMs = nowMs + patienceMs(LOOKUP_TIMEOUT_MS, landmark.distance);
      cookies.set(key, open.asked);
      this.#byCookie.set(key, open);
      if (send(landmark.id, payload)) return;
      this.#forgetCookie(open, key);
    }
    this.#finish(open, undefined);
  }

  #findOwn(open: Open, nowMs: number): boolean {
    const kept = this.#options.store.get(open.target, nowMs);
    if (kept === undefined) return false;
    return this.#believeDeposit(
      open,
      { record: kept.record, locator: kept.locator.bytes },
      0,
      nowMs,
    );
  }

  /** Believes an answer only by the signatures of the peer looked up. */
  #believe(open: Open, answer: Answer, back: Path, asked: number, nowMs: number): boolean {
    const { located } = this.#options;
    if (answer.kind === "unknown") return false;
    if (answer.kind === "locator") return this.#believeDeposit(open, answer, asked, nowMs);
    const record = this.#recordOf(open, answer.record);
    if (record === undefined) return false;
    const way = { firstHop: back.firstHop, labels: back.labels.slice() };
    located.put(record, undefined, [way], LOCATOR_TTL_SECONDS, open.from + asked, nowMs);
    this.#finish(open, record);
    return true;
  }

  #believeDeposit(open: Open, deposit: Deposit, asked: number, nowMs: number): boolean {
    const { suite, located } = this.#options;
    try {
      const locator = decodeLocator(suite, deposit.locator);
      if (locator.id !== open.target || located.isReplay(open.target, locator)) return false;
      if (!belongsTo(suite, deposit.record, locator) || !verifyLocator(suite, locator))
        return false;
      const record = this.#recordOf(open, deposit.record);
      if (record === undefined) return false;
      const next = open.from + asked;
      located.put(record, locator, locator.places, locator.ttlSeconds, next, nowMs);
      this.#finish(open, record);
      return true;
    } catch (error) {
      if (error instanceof WireError) return false;
      throw error;
    }
  }

  #recordOf(open: Open, bytes: Uint8Array): PeerRecord | undefined {
    try {
      const record = decodePeerRecord(this.#options.suite, bytes);
      return record.id === open.target ? record : undefined;
    } catch (error) {
      if (error instanceof WireError || error instanceof IdentityError) return undefined;
      throw error;
    }
  }

  #finish(open: Open, record: PeerRecord | undefined): void {
    this.#open.delete(open.target);
    for (const cookie of open.cookies.keys()) this.#byCookie.delete(cookie);
    if (record !== undefined) this.#options.onLocated(record);
    for (const done of open.dones) done(record);
  }

  #forgetCookie(open: Open, cookie: string): void {
    open.cookies.delete(cookie);
    this.#byCookie.delete(cookie);
  }
}

function readAnswer(payload: Uint8Array): Answer | undefined {
  try {
    return decodeAnswer(payload);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
