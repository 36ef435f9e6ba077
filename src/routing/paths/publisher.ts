import { equalBytes, toHex } from "../../base/bytes.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { LocalIdentity, PeerId, PeerRecord } from "../../identity/index.ts";
import type { Random } from "../../ports/index.ts";
import type { EchoAnswer } from "../path-types.ts";
import type { RoutingStats } from "../stats.ts";
import type { Landmark, Landmarks } from "./landmarks.ts";
import {
  LOCATOR_TTL_SECONDS,
  PUBLISH_ATTEMPTS_MAX,
  PUBLISH_BURST_OWN,
  PUBLISH_CHECK_MS,
  PUBLISH_DELAY_MS,
  PUBLISH_GAP_MS,
  PUBLISH_PROBE_MS,
  PUBLISH_RETRY_MS,
  STORERS_MAX,
} from "./limits.ts";
import { encodeLocator, type Place } from "./locator.ts";
import { COOKIE_BYTES, type Deposit, encodePublish } from "./messages.ts";
import type { Vicinity } from "./vicinity.ts";

/** What a publisher works on. */
export interface PublisherOptions {
  readonly identity: LocalIdentity;
  readonly idBytes: Uint8Array;
  readonly suite: CryptoSuite;
  readonly random: Random;
  readonly stats: RoutingStats;
  readonly landmarks: Landmarks;
  readonly vicinity: Vicinity;
  readonly nowMs: () => number;
  readonly ownRecord: () => PeerRecord;
  readonly isBeyondVicinity: () => boolean;
  readonly echo: (to: PeerId, done: (answer: EchoAnswer | undefined) => void) => void;
  /** Sends a payload to a landmark, recorded. */
  readonly send: (to: PeerId, payload: Uint8Array) => boolean;
  /** This peer is one of its own storers. */
  readonly keepOwn: (deposit: Deposit) => void;
}

interface Delivery {
  readonly storer: PeerId;
  readonly payload: Uint8Array;
  attempts: number;
  dueMs: number;
}

/**
 * Makes this peer's locator and sees to it that it is kept, while the network is larger than the
 * table. It looks at landmarks and ways every now and then, which costs no packet; it measures
 * when they have changed, and publishes when the measurement says something else than before.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #deliveries = new Map<string, Delivery>();
  /** Undefined while the whole network fits into the table. */
  #checkAtMs: number | undefined;
  #measuring = 0;
  /** Counts measurements, so that late answers of an earlier one are known for such. */
  #round = 0;
  #measuredAtMs = Number.NEGATIVE_INFINITY;
  #measuredSituation = "";
  #published: readonly Place[] = [];
  #publishedTo = "";
  #publishedRecord: Uint8Array | undefined;
  #publishedAtMs = Number.NEGATIVE_INFINITY;
  #number = 0;

  readonly #measurements: TokenBucket;

  constructor(options: PublisherOptions) {
    this.#options = options;
    const rate = { perSecond: 1_000 / PUBLISH_GAP_MS, burst: PUBLISH_BURST_OWN };
    this.#measurements = new TokenBucket(rate, options.nowMs());
  }

  nextDeadlineMs(nowMs: number): number {
    if (!this.#options.isBeyondVicinity()) return Number.POSITIVE_INFINITY;
    if (this.#checkAtMs === undefined) return nowMs;
    let next = this.#checkAtMs;
    for (const { dueMs } of this.#deliveries.values()) next = Math.min(next, dueMs);
    return next;
  }

  tick(nowMs: number): void {
    if (!this.#options.isBeyondVicinity()) {
      this.#checkAtMs = undefined;
      this.#deliveries.clear();
      return;
    }
    if (this.#checkAtMs === undefined) {
      this.#checkAtMs = nowMs + PUBLISH_DELAY_MS + (this.#options.random.u32() % PUBLISH_DELAY_MS);
    }
    if (this.#checkAtMs <= nowMs) {
      this.#checkAtMs = nowMs + PUBLISH_CHECK_MS;
      this.#check(nowMs);
    }
    for (const [cookie, delivery] of this.#deliveries) {
      if (delivery.dueMs > nowMs) continue;
      if (delivery.attempts >= PUBLISH_ATTEMPTS_MAX) this.#deliveries.delete(cookie);
      else this.#deliver(delivery, nowMs);
    }
  }

  /** A landmark says that it keeps the locator. False: nobody asked it. */
  kept(cookie: Uint8Array): boolean {
    return this.#deliveries.delete(toHex(cookie));
  }

  #check(nowMs: number): void {
    if (this.#measuring > 0) return;
    const places = this.#options.landmarks.places(nowMs);
    const situation = this.#situation(places);
    const isDue = nowMs - this.#measuredAtMs >= PUBLISH_PROBE_MS;
    const isOld = nowMs - this.#publishedAtMs >= LOCATOR_TTL_SECONDS * 500;
    const isMoved =
      this.#publishedTo !==
      this.#storers(nowMs)
        .map(({ id }) => id)
        .join();
    const isRenamed = this.#publishedRecord !== this.#options.ownRecord().bytes;
    const isChanged = situation !== this.#measuredSituation;
    if (!(isChanged || isDue || isOld || isMoved || isRenamed)) return;
    if (!this.#measurements.take(nowMs)) return;
    this.#measuredSituation = situation;
    this.#measure(places, nowMs);
  }

  /** What the ways to the landmarks look like from here, without the noise of their costs. */
  #situation(places: readonly Landmark[]): string {
    const { vicinity } = this.#options;
    return places
      .map(({ id }) => {
        const peer = vicinity.get(id);
        return `${id} ${peer?.selected?.id} ${peer?.viewHops}`;
      })
      .join();
  }

  #storers(nowMs: number): Landmark[] {
    return this.#options.landmarks.closestTo(this.#options.idBytes, STORERS_MAX, nowMs);
  }

  #measure(landmarks: readonly Landmark[], nowMs: number): void {
    const { identity, echo } = this.#options;
    const found = new Map<PeerId, Uint8Array>();
    this.#measuredAtMs = nowMs;
    const round = ++this.#round;
    this.#measuring = landmarks.length;
    const take = (id: PeerId, labels: Uint8Array | undefined): void => {
      if (round !== this.#round) return;
      if (labels !== undefined) found.set(id, labels);
      this.#measuring--;
      if (this.#measuring > 0) return;
      const places = landmarks.flatMap(({ id: landmark }) => {
        const way = found.get(landmark);
        return way === undefined ? [] : [{ landmark, labels: way }];
      });
      // Who was silent now may answer next time.
      if (places.length < landmarks.length) this.#measuredSituation = "";
      this.#conclude(places, this.#options.nowMs());
    };
    for (const { id } of landmarks) {
      if (id === identity.id) take(id, new Uint8Array(0));
      else echo(id, (answer) => take(id, answer?.backLabels));
    }
  }

  #conclude(places: readonly Place[], nowMs: number): void {
    const { identity, suite, ownRecord, keepOwn, random, stats } = this.#options;
    if (places.length === 0) return;
    const storers = this.#storers(nowMs);
    const to = storers.map(({ id }) => id).join();
    const record = ownRecord();
    const isOld = nowMs - this.#publishedAtMs >= LOCATOR_TTL_SECONDS * 500;
    const saysTheSame = samePlaces(places, this.#published) && to === this.#publishedTo;
    if (saysTheSame && record.bytes === this.#publishedRecord && !isOld) return;
    this.#published = places;
    this.#publishedTo = to;
    this.#publishedRecord = record.bytes;
    this.#publishedAtMs = nowMs;
    const deposit = {
      record: record.bytes,
      locator: encodeLocator(identity, {
        ...{ epoch: record.seqno, number: this.#number++, places },
        ttlSeconds: LOCATOR_TTL_SECONDS,
        recordHash: suite.sha256(record.bytes),
      }),
    };
    stats.services.locatorsPublished++;
    this.#deliveries.clear();
    for (const { id } of storers) {
      if (id === identity.id) {
        keepOwn(deposit);
        continue;
      }
      const cookie = random.bytes(COOKIE_BYTES);
      const payload = encodePublish({ cookie, ...deposit });
      const delivery = { storer: id, payload, attempts: 0, dueMs: nowMs };
      this.#deliveries.set(toHex(cookie), delivery);
      this.#deliver(delivery, nowMs);
    }
  }

  #deliver(delivery: Delivery, nowMs: number): void {
    delivery.attempts++;
    delivery.dueMs = nowMs + PUBLISH_RETRY_MS;
    this.#options.send(delivery.storer, delivery.payload);
  }
}

function samePlaces(a: readonly Place[], b: readonly Place[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ landmark, labels }, i) => {
      const other = b[i];
      return other?.landmark === landmark && equalBytes(other.labels, labels);
    })
  );
}
