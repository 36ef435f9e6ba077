import { utf8 } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { type LocalIdentity, type PeerId, peerIdOf } from "../../identity/index.ts";
import type { Clock, Log, Random, Timed } from "../../ports/index.ts";
import type { SessionPort } from "../../session/index.ts";
import { DevicesError } from "../errors.ts";
import { Framed } from "../framed.ts";
import { APPROVAL_MS, RECOVERY_ANSWER_MS } from "../limits.ts";
import {
  areSameWords,
  COMPARISON_NONCE_BYTES,
  commitmentOf,
  comparisonWords,
} from "../pairing/comparison.ts";
import { type DeviceLink, parseDeviceLink } from "../pairing/link.ts";
import type { KeptShare } from "./keeping.ts";
import { RESCUE_FRAMING, RESCUE_SERVICE, type RescueFrame } from "./protocol.ts";

const LINK_PROOF = utf8("peernet rescue link v1");

/** What proves to whoever asks for help that somebody holds their link. */
export function rescueProof(
  suite: CryptoSuite,
  secret: Uint8Array,
  asking: Uint8Array,
  friend: Uint8Array,
): Uint8Array {
  return suite.hmacSha256(secret, LINK_PROOF, asking, friend);
}

/** How far an approval has come. */
export interface ApprovalStatus {
  readonly state: "none" | "reaching" | "comparing" | "sending" | "done" | "failed";
  /** Why it failed. */
  readonly failure: DevicesError | undefined;
  /** Shares that are there, and that are needed, once it is done. */
  readonly have: number;
  readonly need: number;
}

/** What approving is made of. */
export interface ApprovingOptions {
  readonly identity: LocalIdentity;
  readonly name: string;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly sessions: SessionPort;
}

interface Approval {
  readonly link: DeviceLink;
  readonly peer: PeerId;
  readonly share: KeptShare;
  readonly nonce: Uint8Array;
  readonly endsAtMs: number;
  stream: Framed<RescueFrame> | undefined;
  words: readonly string[] | undefined;
  triesAtMs: number;
}

const NONE: ApprovalStatus = { state: "none", failure: undefined, have: 0, need: 0 };

/** A friend's side of a rescue: gives the share of a person to the device that asks for help. */
export class Approving implements Timed {
  readonly #options: ApprovingOptions;
  readonly #reachable = new Set<PeerId>();
  #status: ApprovalStatus = NONE;
  #approval: Approval | undefined;

  constructor(options: ApprovingOptions) {
    this.#options = options;
  }

  get status(): ApprovalStatus {
    return this.#status;
  }

  /**
   * Begins to help whoever made a link, with the share of a person; nothing leaves this peer before
   * the words were compared.
   * @returns where that device can be dialled
   * @throws DevicesError("bad-link" | "expired-link")
   */
  begin(text: string, share: KeptShare): readonly string[] {
    const { suite, clock, random } = this.#options;
    const link = parseDeviceLink("recover", text);
    if (clock.wallMs() >= link.expiresAtMs) {
      throw new DevicesError("expired-link", "The request has expired. Ask for a new one.");
    }
    this.cancel();
    this.#approval = {
      ...{ link, share, peer: peerIdOf(suite, link.signKey) },
      nonce: random.bytes(COMPARISON_NONCE_BYTES),
      endsAtMs: this.#nowMs() + APPROVAL_MS,
      ...{ stream: undefined, words: undefined, triesAtMs: this.#nowMs() },
    };
    this.#status = { ...NONE, state: "reaching", need: share.set.need };
    return link.endpoints;
  }

  /**
   * The words that the asking person reads out, as somebody typed them. Other words end it.
   * @throws DevicesError("not-open" | "words-differ")
   */
  confirm(typed: readonly string[]): void {
    const approval = this.#approval;
    const words = approval?.words;
    if (
      approval?.stream === undefined ||
      words === undefined ||
      this.#status.state !== "comparing"
    ) {
      throw new DevicesError("not-open", "No request waits for its words to be compared.");
    }
    if (!areSameWords(typed, words)) {
      const reason =
        "The words are not the same: somebody else may have made this request, or a word was " +
        "mistyped. Nothing was given. Ask your friend in person and begin again.";
      const refusal = new DevicesError("words-differ", reason);
      this.#fail(refusal);
      throw refusal;
    }
    const { set, share } = approval.share;
    this.#status = { ...this.#status, state: "sending" };
    approval.triesAtMs = this.#nowMs() + RECOVERY_ANSWER_MS;
    approval.stream.send({ t: "share", h: share, s: set.bytes });
  }

  /** Gives it up. */
  cancel(): void {
    const stream = this.#approval?.stream;
    this.#approval = undefined;
    this.#status = NONE;
    stream?.drop();
  }

  peerReachable(id: PeerId): void {
    this.#reachable.add(id);
    if (this.#approval?.peer === id) this.#approval.triesAtMs = this.#nowMs();
  }

  peerUnreachable(id: PeerId): void {
    this.#reachable.delete(id);
  }

  nextDeadlineMs(): number {
    const approval = this.#approval;
    if (approval === undefined) return Number.POSITIVE_INFINITY;
    return Math.min(approval.endsAtMs, approval.triesAtMs);
  }

  tick(): void {
    const approval = this.#approval;
    const nowMs = this.#nowMs();
    if (approval === undefined) return;
    if (nowMs >= approval.endsAtMs) {
      const words =
        "The device that asks for help was not reached in time, or its words were not compared.";
      this.#fail(new DevicesError("late", words));
    } else if (nowMs >= approval.triesAtMs) {
      if (approval.stream === undefined) this.#open(approval);
      else approval.stream.drop();
    }
  }

  #open(approval: Approval): void {
    approval.triesAtMs = Number.POSITIVE_INFINITY;
    if (!this.#reachable.has(approval.peer)) return;
    const { suite, identity, name, log, sessions } = this.#options;
    const stream: Framed<RescueFrame> = new Framed(
      RESCUE_FRAMING,
      log,
      (frame) => this.#take(approval, frame),
      () => this.#over(approval),
    );
    approval.stream = stream;
    approval.triesAtMs = this.#nowMs() + RECOVERY_ANSWER_MS;
    const own = identity.signKey.publicKey;
    const { signKey, secret } = approval.link;
    stream.attach(sessions.openStream(approval.peer, RESCUE_SERVICE, stream));
    stream.send({
      t: "offer",
      c: commitmentOf(suite, { opener: own, acceptor: signKey }, approval.nonce),
      k: rescueProof(suite, secret, signKey, own),
      n: name,
    });
  }

  #take(approval: Approval, frame: RescueFrame): void {
    const { state } = this.#status;
    if (frame.t === "nonce" && state === "reaching") this.#compare(approval, frame.r);
    else if (frame.t === "taken" && state === "sending") {
      const { stream } = approval;
      this.#approval = undefined;
      this.#status = { state: "done", failure: undefined, have: frame.h, need: frame.n };
      stream?.end();
    } else if (frame.t === "refused") this.#fail(REFUSALS[frame.r]);
    else throw new DevicesError("protocol", "A rescue does not go like that.");
  }

  #compare(approval: Approval, acceptor: Uint8Array): void {
    const { suite, identity } = this.#options;
    approval.stream?.send({ t: "open", r: approval.nonce });
    const keys = { opener: identity.signKey.publicKey, acceptor: approval.link.signKey };
    approval.words = comparisonWords(suite, keys, { opener: approval.nonce, acceptor });
    approval.triesAtMs = Number.POSITIVE_INFINITY;
    this.#status = { ...this.#status, state: "comparing" };
  }

  /** A stream that ends before it was needed is tried again; after that it is over. */
  #over(approval: Approval): void {
    if (this.#approval !== approval) return;
    approval.stream = undefined;
    if (this.#status.state === "reaching") approval.triesAtMs = this.#nowMs() + AGAIN_MS;
    else this.#fail(new DevicesError("gone", GONE));
  }

  #fail(failure: DevicesError): void {
    const stream = this.#approval?.stream;
    this.#approval = undefined;
    this.#status = { ...NONE, state: "failed", failure };
    stream?.drop();
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

/** How soon a device that did not answer is tried again. */
const AGAIN_MS = 1_000;

const REFUSALS = {
  "wrong-link": new DevicesError("old-link", "The link is not the newest one. Ask for a new one."),
  "bad-share": new DevicesError(
    "bad-share",
    "The share was refused: it is damaged, or none of the ones your friend made.",
  ),
  busy: new DevicesError("busy", "The other side has its hands full. Try again in a moment."),
} as const;
const GONE = "The device that asks for help went away. Begin again.";
