import { equalBytes, toHex } from "../../base/bytes.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import {
  derivePerson,
  type LocalIdentity,
  type PeerId,
  type PeerRecord,
  type PersonId,
  personIdOf,
} from "../../identity/index.ts";
import type { Clock, Log, Random, Timed } from "../../ports/index.ts";
import type { SessionPort, Stream, StreamEvents } from "../../session/index.ts";
import { DevicesError } from "../errors.ts";
import { Framed } from "../framed.ts";
import { friendTag } from "../friend-tag.ts";
import {
  APPROVAL_MS,
  RECOVERY_ANSWER_MS,
  RESCUE_NUMBERS_MAX,
  RESCUERS_MAX,
  SETS_COLLECTED_MAX,
} from "../limits.ts";
import { COMPARISON_NONCE_BYTES, commitmentOf, comparisonWords } from "../pairing/comparison.ts";
import { rescueProof } from "./approving.ts";
import { RESCUE_FRAMING, RESCUE_SERVICE, type RescueFrame } from "./protocol.ts";
import { isShareOf, type RecoverySet, readSet, SHARE_BYTES } from "./set.ts";
import { combineShares } from "./shamir.ts";

/** A share that somebody gave back. */
export interface GivenShare {
  readonly set: Uint8Array;
  readonly share: Uint8Array;
  /** The friend. */
  readonly friend: PersonId;
  /** What the friend's device calls itself. */
  readonly name: string;
}

/** A person who is back. */
export interface Recovered {
  readonly personId: PersonId;
  /** 32 bytes, the same as the 24 words. */
  readonly entropy: Uint8Array;
  /** Blinded ids of the friends whose shares did it. */
  readonly vouchers: readonly Uint8Array[];
}

/** What collecting tells whoever runs it. */
export interface CollectingEvents {
  /** To be read out to the friend whose device has this name. */
  onWords(words: readonly string[], name: string): void;
  /** A share is there; `have` of `need`. */
  onShare(given: GivenShare, have: number, need: number): void;
  /** Something is wrong that a person should hear of, in a sentence. */
  onProblem(sentence: string): void;
  /** There are enough. */
  onRecovered(recovered: Recovered): void;
}

/** What collecting is made of. */
export interface CollectingOptions {
  /** The new device; the person in it is nobody. */
  readonly identity: LocalIdentity;
  /** The secret of the link that friends were given. */
  readonly secret: Uint8Array;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly sessions: SessionPort;
  readonly events: CollectingEvents;
}

interface Rescuer {
  readonly stream: Framed<RescueFrame>;
  readonly from: PeerRecord;
  readonly nonce: Uint8Array;
  name: string;
  commitment: Uint8Array | undefined;
  isCompared: boolean;
  /** Whether a share came, of whatever use. */
  isGiven: boolean;
  deadlineMs: number;
}

interface Collection {
  readonly set: RecoverySet;
  /** By their x. */
  readonly shares: Map<number, GivenShare>;
}

/** The side of a rescue that asks for help: collects shares until there are enough. */
export class Collecting implements Timed {
  readonly #options: CollectingOptions;
  readonly #rescuers = new Map<PeerId, Rescuer>();
  readonly #sets = new Map<string, Collection>();
  readonly #numbers: TokenBucket;
  #isOver = false;

  constructor(options: CollectingOptions) {
    this.#options = options;
    const perSecond = (RESCUE_NUMBERS_MAX * 1_000) / APPROVAL_MS;
    const rate = { perSecond, burst: RESCUE_NUMBERS_MAX };
    this.#numbers = new TokenBucket(rate, options.clock.monotonicMs());
    options.sessions.serve(RESCUE_SERVICE, (stream, from) => this.#accept(stream, from));
  }

  /**
   * Takes a share, from a friend or from this device's disk.
   * @returns how many there are and how many are needed, or undefined where it is of no use
   */
  take(given: GivenShare): { readonly have: number; readonly need: number } | undefined {
    const { suite, events } = this.#options;
    const set = readSet(suite, given.set);
    if (!isShareOf(suite, set, given.share)) {
      events.onProblem(
        `The share of '${given.name}' is damaged or false: it is none that the person made. It was not taken.`,
      );
      return undefined;
    }
    const id = toHex(set.id);
    const collection = this.#sets.get(id) ?? { set, shares: new Map<number, GivenShare>() };
    if (!this.#sets.has(id)) {
      if (this.#sets.size >= SETS_COLLECTED_MAX) {
        events.onProblem(`'${given.name}' brings a share of yet another person. It was not taken.`);
        return undefined;
      }
      if (this.#sets.size > 0) this.#warnOfOthers(given, set);
      this.#sets.set(id, collection);
    }
    const { shares } = collection;
    const place = given.share[SHARE_BYTES - 1] ?? 0;
    // Once more is welcome, and not kept twice.
    if (shares.has(place)) return { have: shares.size, need: set.need };
    shares.set(place, given);
    events.onShare(given, shares.size, set.need);
    if (shares.size >= set.need) this.#combine(collection);
    return { have: shares.size, need: set.need };
  }

  peerReachable(): void {}

  peerUnreachable(): void {}

  nextDeadlineMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#rescuers.values()) nextMs = Math.min(nextMs, deadlineMs);
    return nextMs;
  }

  tick(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const { stream, deadlineMs } of [...this.#rescuers.values()]) {
      if (nowMs >= deadlineMs) stream.drop();
    }
  }

  #warnOfOthers({ name }: GivenShare, { person }: RecoverySet): void {
    const personId = personIdOf(this.#options.suite, person);
    this.#options.events.onProblem(
      `The share of '${name}' belongs to another set (person ${personId}): it does not count with the others. ` +
        "Either it is an older one, or somebody tries to be helpful with a person who is not you.",
    );
  }

  #accept(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    if (this.#isOver || this.#rescuers.size >= RESCUERS_MAX) return undefined;
    this.#rescuers.get(from.id)?.stream.drop();
    const framed: Framed<RescueFrame> = new Framed(
      RESCUE_FRAMING,
      this.#options.log,
      (frame) => this.#hear(rescuer, frame),
      () => {
        if (this.#rescuers.get(from.id) === rescuer) this.#rescuers.delete(from.id);
        this.#over(rescuer);
      },
    );
    const rescuer: Rescuer = {
      ...{
        stream: framed,
        from,
        name: "",
        commitment: undefined,
        isCompared: false,
        isGiven: false,
      },
      nonce: this.#options.random.bytes(COMPARISON_NONCE_BYTES),
      deadlineMs: this.#options.clock.monotonicMs() + RECOVERY_ANSWER_MS,
    };
    this.#rescuers.set(from.id, rescuer);
    framed.attach(stream);
    return framed;
  }

  #hear(rescuer: Rescuer, frame: RescueFrame): void {
    if (frame.t === "offer" && rescuer.commitment === undefined) this.#offered(rescuer, frame);
    else if (frame.t === "open" && !rescuer.isCompared) this.#opened(rescuer, frame.r);
    else if (frame.t === "share" && rescuer.isCompared) this.#given(rescuer, frame);
    else throw new DevicesError("protocol", "A rescue does not go like that.");
  }

  #offered(rescuer: Rescuer, { c, k, n }: RescueFrame & { readonly t: "offer" }): void {
    const { suite, secret, identity } = this.#options;
    const own = identity.signKey.publicKey;
    if (!equalBytes(k, rescueProof(suite, secret, own, rescuer.from.signKey))) {
      rescuer.stream.end({ t: "refused", r: "wrong-link" });
      return;
    }
    // Whoever stands in between could come again and again until the words fit.
    if (!this.#numbers.take(this.#options.clock.monotonicMs())) {
      rescuer.stream.end({ t: "refused", r: "busy" });
      return;
    }
    rescuer.commitment = c;
    rescuer.name = n === "" ? rescuer.from.id : n;
    rescuer.stream.send({ t: "nonce", r: rescuer.nonce });
  }

  #opened(rescuer: Rescuer, nonce: Uint8Array): void {
    const { suite, identity, events, clock } = this.#options;
    const keys = { opener: rescuer.from.signKey, acceptor: identity.signKey.publicKey };
    const expected = commitmentOf(suite, keys, nonce);
    if (rescuer.commitment === undefined || !equalBytes(rescuer.commitment, expected)) {
      throw new DevicesError("protocol", "A number differs from the one committed to.");
    }
    rescuer.isCompared = true;
    rescuer.deadlineMs = clock.monotonicMs() + APPROVAL_MS;
    const words = comparisonWords(suite, keys, { opener: nonce, acceptor: rescuer.nonce });
    events.onWords(words, rescuer.name);
  }

  #given(rescuer: Rescuer, { h, s }: RescueFrame & { readonly t: "share" }): void {
    const { name, from, stream } = rescuer;
    const friend = from.person.personId;
    rescuer.isGiven = true;
    const count = this.take({ set: s, share: h, friend, name });
    if (count === undefined) stream.end({ t: "refused", r: "bad-share" });
    else stream.end({ t: "taken", h: Math.min(count.have, count.need), n: count.need });
  }

  /** Words were shown to somebody who then went away: whoever reads them out would wait for ever. */
  #over({ isCompared, isGiven, name }: Rescuer): void {
    if (!isCompared || isGiven || this.#isOver) return;
    this.#options.events.onProblem(
      `'${name}' gave no share: other words were typed there, or it was broken off. ` +
        "Let them type the same command once more; then new words appear here.",
    );
  }

  #combine({ set, shares }: Collection): void {
    if (this.#isOver) return;
    const { suite, events } = this.#options;
    const used = [...shares.values()].slice(0, set.need);
    const entropy = combineShares(used.map(({ share }) => share));
    const person = derivePerson(suite, entropy);
    if (!equalBytes(person.signKey.publicKey, set.person)) {
      events.onProblem(
        "These shares are all of one set and yet give no key of that person. They are of no use.",
      );
      return;
    }
    this.#isOver = true;
    const friends = new Set(used.map(({ friend }) => friend));
    events.onRecovered({
      personId: person.personId,
      entropy,
      vouchers: [...friends].map((friend) => friendTag(suite, set.person, friend)),
    });
  }
}
