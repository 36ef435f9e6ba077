import type { CryptoSuite } from "../../crypto/index.ts";
import {
  type LocalIdentity,
  type PeerId,
  type PersonCertificate,
  peerIdOf,
  personIdOf,
  verifyCertificate,
} from "../../identity/index.ts";
import type { Clock, Log, Random, Timed } from "../../ports/index.ts";
import type { SessionPort } from "../../session/index.ts";
import { DevicesError } from "../errors.ts";
import { Framed } from "../framed.ts";
import {
  COPIED_RECORDS_MAX,
  JOINING_ASKED_MAX,
  LOG_OPS_MAX,
  PAIRING_ANSWER_MS,
  PAIRING_FRAME_BYTES_MAX,
  PAIRING_OPEN_MS,
} from "../limits.ts";
import { DeviceLog } from "../log/log.ts";
import { linkProof } from "./adding.ts";
import { COMPARISON_NONCE_BYTES, commitmentOf, comparisonWords } from "./comparison.ts";
import { type DeviceLink, parseDeviceLink } from "./link.ts";
import {
  type CopiedRecord,
  decodeFrame,
  encodeFrame,
  PAIRING_SERVICE,
  type PairingFrame,
  type PairingRefusal,
} from "./protocol.ts";

/** All that makes a device one of a person's. */
export interface Joined {
  readonly certificate: PersonCertificate;
  /** What the standing device is called. */
  readonly by: string;
  readonly ops: readonly Uint8Array[];
  readonly records: readonly CopiedRecord[];
}

/** What joining tells whoever runs it. */
export interface JoiningEvents {
  /** To be typed at the standing device. */
  onWords(words: readonly string[]): void;
  /** Keep it, then call `kept`: only then does the standing device hear that it went well. */
  onJoined(joined: Joined, kept: () => void): void;
  /** It did not come to it. */
  onFailed(error: DevicesError): void;
}

/** What joining is made of. */
export interface JoiningOptions {
  /** The new device; the person in it is not the one that it joins. */
  readonly identity: LocalIdentity;
  readonly name: string;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly sessions: SessionPort;
  /** Undefined: ask whoever is in reach, and compare words. */
  readonly link: string | undefined;
  readonly events: JoiningEvents;
}

type JoiningStream = Framed<PairingFrame>;

interface Attempt {
  readonly peer: PeerId;
  readonly stream: JoiningStream;
  /** Sign key of the peer. */
  readonly signKey: Uint8Array;
  readonly nonce: Uint8Array;
  deadlineMs: number;
}

/** What was told so far. */
interface Collected {
  grant: (PairingFrame & { readonly t: "grant" }) | undefined;
  readonly ops: Uint8Array[];
  readonly records: CopiedRecord[];
}

/** The new device's side of a pairing; used once. */
export class Joining implements Timed {
  readonly #options: JoiningOptions;
  readonly #link: DeviceLink | undefined;
  readonly #standing: PeerId | undefined;
  readonly #givesUpAtMs: number;
  readonly #attempts = new Map<PeerId, Attempt>();
  /** Peers that are asked as soon as there is room, or again later. */
  readonly #waiting = new Map<PeerId, Uint8Array>();
  readonly #collected: Collected = { grant: undefined, ops: [], records: [] };
  /** The one that said that it is open. */
  #chosen: Attempt | undefined;
  #asksAgainAtMs = Number.POSITIVE_INFINITY;
  #isOver = false;

  /** @throws DevicesError("bad-link" | "expired-link") */
  constructor(options: JoiningOptions) {
    this.#options = options;
    const { link, suite, clock } = options;
    this.#link = link === undefined ? undefined : parseDeviceLink("device", link);
    if (this.#link !== undefined && clock.wallMs() >= this.#link.expiresAtMs) {
      throw new DevicesError("expired-link", "The link has expired. Make a new one.");
    }
    this.#standing = this.#link && peerIdOf(suite, this.#link.signKey);
    this.#givesUpAtMs = clock.monotonicMs() + PAIRING_OPEN_MS;
  }

  /** Where the standing device can be dialled, as its link says. */
  get endpoints(): readonly string[] {
    return this.#link?.endpoints ?? [];
  }

  /** A peer can be reached. */
  peerReachable(id: PeerId, signKey: Uint8Array): void {
    if (this.#isOver || (this.#standing !== undefined && this.#standing !== id)) return;
    this.#waiting.set(id, signKey);
    this.#askMore();
  }

  peerUnreachable(id: PeerId): void {
    this.#waiting.delete(id);
    this.#attempts.get(id)?.stream.drop();
  }

  nextDeadlineMs(): number {
    if (this.#isOver) return Number.POSITIVE_INFINITY;
    let nextMs = Math.min(this.#givesUpAtMs, this.#asksAgainAtMs);
    for (const { deadlineMs } of this.#attempts.values()) nextMs = Math.min(nextMs, deadlineMs);
    return nextMs;
  }

  tick(): void {
    if (this.#isOver) return;
    const nowMs = this.#nowMs();
    for (const { stream, deadlineMs } of [...this.#attempts.values()]) {
      if (nowMs >= deadlineMs) stream.drop();
    }
    if (nowMs >= this.#asksAgainAtMs) {
      this.#asksAgainAtMs = Number.POSITIVE_INFINITY;
      this.#askMore();
    }
    if (nowMs < this.#givesUpAtMs) return;
    const where = this.#link === undefined ? "No device in reach" : "The device that made the link";
    this.#fail(
      new DevicesError(
        "unreachable",
        `${where} did not take this one in. On a device of yours type 'peernet device add', and keep both on one network.`,
      ),
    );
  }

  #askMore(): void {
    if (this.#chosen !== undefined) return;
    for (const [id, signKey] of [...this.#waiting]) {
      if (this.#attempts.size >= JOINING_ASKED_MAX || this.#isOver) return;
      if (!this.#attempts.has(id)) this.#ask(id, signKey);
    }
  }

  #ask(peer: PeerId, signKey: Uint8Array): void {
    const { suite, identity, random, name, log, sessions } = this.#options;
    const framing = {
      frameBytesMax: PAIRING_FRAME_BYTES_MAX,
      decode: decodeFrame,
      encode: encodeFrame,
    };
    const stream: JoiningStream = new Framed(
      framing,
      log,
      (frame) => this.#take(attempt, frame),
      () => this.#over(attempt),
    );
    const nonce = random.bytes(COMPARISON_NONCE_BYTES);
    const deadlineMs = this.#nowMs() + PAIRING_ANSWER_MS;
    const attempt: Attempt = { peer, stream, signKey, nonce, deadlineMs };
    this.#attempts.set(peer, attempt);
    // To the end of the queue: with many in reach all get their turn.
    this.#waiting.delete(peer);
    this.#waiting.set(peer, signKey);
    stream.attach(sessions.openStream(peer, PAIRING_SERVICE, stream));
    const own = identity.signKey.publicKey;
    if (this.#link !== undefined) {
      const k = linkProof(suite, this.#link.secret, own, this.#link.signKey);
      stream.send({ t: "ask", k, n: name });
      return;
    }
    const c = commitmentOf(suite, { opener: own, acceptor: signKey }, nonce);
    stream.send({ t: "ask", c, n: name });
  }

  #take(attempt: Attempt, frame: PairingFrame): void {
    if (frame.t === "nonce" && this.#link === undefined) this.#compare(attempt, frame.r);
    else if (frame.t === "refused") this.#refused(attempt, frame.r);
    else if (this.#link === undefined && this.#chosen !== attempt) {
      throw new DevicesError("protocol", "A pairing does not go like that.");
    } else this.#collect(attempt, frame);
  }

  /** The first one that is open is the one; there is one try. */
  #compare(attempt: Attempt, acceptor: Uint8Array): void {
    if (this.#chosen !== undefined) {
      attempt.stream.drop();
      return;
    }
    this.#choose(attempt);
    const { suite, identity, events } = this.#options;
    attempt.stream.send({ t: "open", r: attempt.nonce });
    const keys = { opener: identity.signKey.publicKey, acceptor: attempt.signKey };
    events.onWords(comparisonWords(suite, keys, { opener: attempt.nonce, acceptor }));
  }

  #choose(attempt: Attempt): void {
    this.#chosen = attempt;
    attempt.deadlineMs = Number.POSITIVE_INFINITY;
    for (const other of [...this.#attempts.values()]) if (other !== attempt) other.stream.drop();
  }

  #refused(attempt: Attempt, reason: PairingRefusal): void {
    if (this.#chosen !== attempt && this.#link === undefined) {
      attempt.stream.drop();
      return;
    }
    this.#fail(new DevicesError("refused", REFUSALS[reason]));
  }

  #collect(attempt: Attempt, frame: PairingFrame): void {
    const { ops, records } = this.#collected;
    this.#choose(attempt);
    attempt.deadlineMs = this.#nowMs() + PAIRING_ANSWER_MS;
    if (frame.t === "grant" && this.#collected.grant === undefined) this.#collected.grant = frame;
    else if (frame.t === "ops") ops.push(...frame.l);
    else if (frame.t === "records") records.push(...frame.l);
    else if (frame.t === "end") this.#whole(attempt);
    else throw new DevicesError("protocol", "A pairing does not go like that.");
    if (ops.length > LOG_OPS_MAX || records.length > COPIED_RECORDS_MAX) {
      throw new DevicesError("protocol", "A pairing brings more than fits.");
    }
  }

  #whole(attempt: Attempt): void {
    const { suite, identity, events } = this.#options;
    const { grant, ops, records } = this.#collected;
    if (grant === undefined) throw new DevicesError("protocol", "A pairing ended without a grant.");
    const certificate = {
      personId: personIdOf(suite, grant.k),
      signKey: grant.k,
      dhKey: grant.d,
      signature: grant.s,
      via: grant.a.map(({ k, s }) => ({ signKey: k, signature: s })),
    };
    // The log is verified here already: what does not hold must not reach this device's disk.
    const { log } = DeviceLog.empty(suite, grant.k).with(ops);
    const isMine =
      verifyCertificate(suite, certificate, identity.signKey.publicKey) &&
      log.devices.get(identity.id)?.state === "standing";
    if (!isMine) throw new DevicesError("protocol", "A certificate is not for this device.");
    attempt.deadlineMs = Number.POSITIVE_INFINITY;
    events.onJoined({ certificate, by: grant.n, ops, records }, () => {
      this.#isOver = true;
      attempt.stream.end({ t: "done" });
    });
  }

  #over(attempt: Attempt): void {
    this.#attempts.delete(attempt.peer);
    if (this.#isOver) return;
    if (this.#chosen === attempt) {
      this.#fail(new DevicesError("refused", "The other device went away. Begin again."));
      return;
    }
    // Whoever is not open now may be in a moment.
    this.#asksAgainAtMs = Math.min(this.#asksAgainAtMs, this.#nowMs() + ASK_AGAIN_MS);
  }

  #fail(error: DevicesError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const { stream } of [...this.#attempts.values()]) stream.drop();
    this.#options.events.onFailed(error);
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

/** How soon peers that were not open are asked again. */
const ASK_AGAIN_MS = 1_000;

const REFUSALS: Readonly<Record<PairingRefusal, string>> = {
  "not-open": "The other device takes nobody in now. Type 'peernet device add' there.",
  busy: "The other device takes another one in at this moment. Try again.",
  "wrong-link": "The link was used already, or is not the newest one. Make a new one.",
  "words-differ":
    "The words that were typed are not those that this device shows. Begin again, best with a link.",
  failed: "The other device could not take this one in. What it says there tells why.",
};
