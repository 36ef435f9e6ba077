import { equalBytes, utf8 } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { LocalIdentity, PeerId, PeerRecord, PersonCertificate } from "../../identity/index.ts";
import type { Clock, Log, Random, Timed } from "../../ports/index.ts";
import type { SessionPort, Stream, StreamEvents } from "../../session/index.ts";
import { DevicesError } from "../errors.ts";
import { Framed } from "../framed.ts";
import {
  COPIED_FRAME_BYTES,
  OPS_PER_FRAME_MAX,
  PAIRING_ANSWER_MS,
  PAIRING_FRAME_BYTES_MAX,
  PAIRING_NUMBERS_MAX,
  PAIRING_OPEN_MS,
  PAIRING_SILENCE_MS,
} from "../limits.ts";
import {
  areSameWords,
  COMPARISON_NONCE_BYTES,
  type ComparisonKeys,
  commitmentOf,
  comparisonWords,
} from "./comparison.ts";
import { fittingEndpoints, formatDeviceLink, LINK_SECRET_BYTES } from "./link.ts";
import {
  type CopiedRecord,
  decodeFrame,
  encodeFrame,
  PAIRING_SERVICE,
  type PairingFrame,
  type PairingRefusal,
  RECORDS_PER_FRAME_MAX,
} from "./protocol.ts";

const LINK_PROOF = utf8("peernet device link v1");

/** What proves to a standing device that somebody holds its link. */
export function linkProof(
  suite: CryptoSuite,
  secret: Uint8Array,
  newDevice: Uint8Array,
  standing: Uint8Array,
): Uint8Array {
  return suite.hmacSha256(secret, LINK_PROOF, newDevice, standing);
}

/** What a new device is given once the person let it in. */
export interface Admission {
  readonly certificate: PersonCertificate;
  /** The person's whole device log, the new device in it. */
  readonly ops: readonly Uint8Array[];
  readonly records: readonly CopiedRecord[];
}

/** Enters devices into the log. */
export interface Admissions {
  /** On disk before `done`; without a later `keep` the device is taken out again. */
  admit(
    signKey: Uint8Array,
    name: string,
    done: (error: DevicesError | null, admission: Admission | undefined) => void,
  ): void;
  /** The device has all it needs. */
  keep(device: PeerId): void;
  /** The device never got it. */
  withdraw(device: PeerId): void;
  /** The device may have it and may not: it is taken out unless it shows itself soon. */
  awaitSign(device: PeerId): void;
}

/** How far the adding of a device has come. */
export interface AddingStatus {
  readonly state: "closed" | "open" | "comparing" | "granting" | "added" | "failed";
  /** What the new device calls itself. */
  readonly name: string;
  /** Why it failed. */
  readonly failure: DevicesError | undefined;
  readonly link: string;
  /** Wall-clock time until which a device may come, milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** What adding is made of. */
export interface AddingOptions {
  readonly identity: LocalIdentity;
  readonly name: string;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly sessions: SessionPort;
  readonly admissions: Admissions;
}

type PairingStream = Framed<PairingFrame>;

interface Candidate {
  readonly stream: PairingStream;
  readonly from: PeerRecord;
  readonly nonce: Uint8Array;
  name: string;
  commitment: Uint8Array | undefined;
  words: readonly string[] | undefined;
  isGranted: boolean;
  deadlineMs: number;
}

const CLOSED: AddingStatus = {
  state: "closed",
  name: "",
  failure: undefined,
  link: "",
  expiresAtMs: 0,
};
const TIME_IS_UP: DevicesError = new DevicesError("late", "Time is up. Begin again.");
const NOT_ADDED: DevicesError = new DevicesError("refused", "The device could not be added.");
const SILENT: DevicesError = new DevicesError(
  "silent",
  "The new device went away without a word. Unless it shows itself in the next minutes it is taken out again.",
);

/** The standing device's side of a pairing: open for a few minutes, for one device. */
export class Adding implements Timed {
  readonly #options: AddingOptions;
  #status: AddingStatus = CLOSED;
  #secret: Uint8Array | undefined;
  #closesAtMs = Number.POSITIVE_INFINITY;
  #candidate: Candidate | undefined;
  /** Numbers for words shown since it was opened. */
  #numbersShown = 0;

  constructor(options: AddingOptions) {
    this.#options = options;
  }

  /** From now on devices may ask, which is of use only while this is open. */
  serve(): void {
    this.#options.sessions.serve(PAIRING_SERVICE, (stream, from) => this.#accept(stream, from));
  }

  get status(): AddingStatus {
    return this.#status;
  }

  /** Opens for one device; whatever was open before is closed. */
  open(endpoints: readonly string[]): AddingStatus {
    this.close();
    const { clock, identity, random } = this.#options;
    const secret = random.bytes(LINK_SECRET_BYTES);
    const expiresAtMs = clock.wallMs() + PAIRING_OPEN_MS;
    const link = formatDeviceLink("device", {
      ...{ signKey: identity.signKey.publicKey, secret, expiresAtMs },
      endpoints: fittingEndpoints(endpoints),
    });
    this.#secret = secret;
    this.#numbersShown = 0;
    this.#closesAtMs = clock.monotonicMs() + PAIRING_OPEN_MS;
    this.#status = { ...CLOSED, state: "open", link, expiresAtMs };
    return this.#status;
  }

  /**
   * The words that the new device shows, as somebody typed them. Other words end the pairing: there
   * is one try.
   * @throws DevicesError("not-open") where no device waits for them, ("words-differ")
   */
  confirm(typed: readonly string[]): void {
    const candidate = this.#candidate;
    if (candidate?.words === undefined || candidate.isGranted) {
      throw new DevicesError("not-open", "No new device waits for its words to be compared.");
    }
    if (!areSameWords(typed, candidate.words)) {
      const words =
        "The words are not the same. Somebody may stand between the two devices, or a word was " +
        "mistyped. Nothing was added; begin again, best with the link.";
      const refusal = new DevicesError("words-differ", words);
      this.#refuse(candidate, "words-differ", refusal);
      throw refusal;
    }
    this.#grant(candidate);
  }

  /** Lets no device in any more; one that has been given its certificate already may finish. */
  close(): void {
    this.#secret = undefined;
    this.#closesAtMs = Number.POSITIVE_INFINITY;
    const candidate = this.#candidate;
    if (candidate !== undefined && !candidate.isGranted) candidate.stream.drop();
    if (this.#status.state !== "granting") this.#status = CLOSED;
  }

  nextDeadlineMs(): number {
    return Math.min(this.#closesAtMs, this.#candidate?.deadlineMs ?? Number.POSITIVE_INFINITY);
  }

  tick(): void {
    const nowMs = this.#nowMs();
    const candidate = this.#candidate;
    if (candidate !== undefined && nowMs >= candidate.deadlineMs) candidate.stream.drop();
    if (nowMs < this.#closesAtMs) return;
    this.close();
    if (this.#status.state === "closed") this.#fail(TIME_IS_UP);
  }

  #accept(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    if (this.#status.state !== "open" || this.#candidate !== undefined) return undefined;
    const framing = {
      frameBytesMax: PAIRING_FRAME_BYTES_MAX,
      decode: decodeFrame,
      encode: encodeFrame,
    };
    const framed: PairingStream = new Framed(
      framing,
      this.#options.log,
      (frame) => this.#take(candidate, frame),
      () => this.#over(candidate),
    );
    const candidate: Candidate = {
      stream: framed,
      from,
      nonce: this.#options.random.bytes(COMPARISON_NONCE_BYTES),
      name: "",
      commitment: undefined,
      words: undefined,
      isGranted: false,
      deadlineMs: this.#nowMs() + PAIRING_ANSWER_MS,
    };
    this.#candidate = candidate;
    framed.attach(stream);
    return framed;
  }

  #take(candidate: Candidate, frame: PairingFrame): void {
    if (frame.t === "ask" && candidate.name === "") this.#asked(candidate, frame);
    else if (frame.t === "open" && candidate.words === undefined) this.#opened(candidate, frame.r);
    else if (frame.t === "done" && candidate.isGranted) this.#done(candidate);
    else throw new DevicesError("protocol", "A pairing does not go like that.");
  }

  #asked(candidate: Candidate, { c, k, n }: PairingFrame & { readonly t: "ask" }): void {
    candidate.name = n === "" ? "new device" : n;
    candidate.commitment = c;
    const { suite, identity } = this.#options;
    if (k === undefined) {
      // Whoever leaves and comes again until the words fit is let try a few times only; the link stays.
      if (this.#numbersShown++ < PAIRING_NUMBERS_MAX) {
        candidate.stream.send({ t: "nonce", r: candidate.nonce });
      } else candidate.stream.end({ t: "refused", r: "not-open" });
      return;
    }
    const own = identity.signKey.publicKey;
    const secret = this.#secret;
    const proof = secret && linkProof(suite, secret, candidate.from.signKey, own);
    if (proof !== undefined && equalBytes(proof, k)) this.#grant(candidate);
    else candidate.stream.end({ t: "refused", r: "wrong-link" });
  }

  #opened(candidate: Candidate, nonce: Uint8Array): void {
    const { suite } = this.#options;
    const keys = this.#keysOf(candidate);
    const expected = commitmentOf(suite, keys, nonce);
    if (candidate.commitment === undefined || !equalBytes(candidate.commitment, expected)) {
      throw new DevicesError("protocol", "A number differs from the one committed to.");
    }
    const nonces = { opener: nonce, acceptor: candidate.nonce };
    candidate.words = comparisonWords(suite, keys, nonces);
    // People take their time; what was opened closes by itself.
    candidate.deadlineMs = Number.POSITIVE_INFINITY;
    this.#status = { ...this.#status, state: "comparing", name: candidate.name };
  }

  #keysOf({ from }: Candidate): ComparisonKeys {
    return { opener: from.signKey, acceptor: this.#options.identity.signKey.publicKey };
  }

  #grant(candidate: Candidate): void {
    candidate.isGranted = true;
    candidate.deadlineMs = this.#nowMs() + PAIRING_SILENCE_MS;
    this.#secret = undefined;
    this.#closesAtMs = Number.POSITIVE_INFINITY;
    this.#status = { ...this.#status, state: "granting", name: candidate.name };
    const { signKey, id } = candidate.from;
    this.#options.admissions.admit(signKey, candidate.name, (error, admission) => {
      if (admission === undefined) {
        this.#refuse(candidate, "failed", error ?? NOT_ADDED);
      } else if (candidate.stream.isOver) this.#options.admissions.withdraw(id);
      else this.#tell(candidate.stream, admission);
    });
  }

  #tell(stream: PairingStream, { certificate, ops, records }: Admission): void {
    stream.send({
      t: "grant",
      a: certificate.via.map(({ signKey, signature }) => ({ k: signKey, s: signature })),
      d: certificate.dhKey,
      k: certificate.signKey,
      n: this.#options.name,
      s: certificate.signature,
    });
    for (let at = 0; at < ops.length; at += OPS_PER_FRAME_MAX) {
      stream.send({ t: "ops", l: ops.slice(at, at + OPS_PER_FRAME_MAX) });
    }
    for (const l of batches(records)) stream.send({ t: "records", l });
    stream.send({ t: "end" });
  }

  #done({ stream, from, name }: Candidate): void {
    this.#options.admissions.keep(from.id);
    this.#status = { ...CLOSED, state: "added", name };
    this.#candidate = undefined;
    stream.end();
  }

  #refuse(candidate: Candidate, r: PairingRefusal, why: DevicesError): void {
    candidate.isGranted = false;
    candidate.stream.end({ t: "refused", r });
    this.close();
    this.#fail(why);
  }

  /** A stream is over: a device that was given a certificate and is silent may lose it again. */
  #over(candidate: Candidate): void {
    if (this.#candidate !== candidate) return;
    this.#candidate = undefined;
    if (candidate.isGranted) {
      this.#options.admissions.awaitSign(candidate.from.id);
      this.#fail(SILENT);
    } else if (this.#status.state === "comparing") {
      this.#status = { ...this.#status, state: "open", name: "" };
    }
  }

  #fail(failure: DevicesError): void {
    this.#status = { ...CLOSED, state: "failed", failure };
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

/** Records in frames of a fit size. */
function batches(records: readonly CopiedRecord[]): readonly (readonly CopiedRecord[])[] {
  const all: CopiedRecord[][] = [];
  let bytes = COPIED_FRAME_BYTES;
  for (const record of records) {
    const last = all[all.length - 1];
    const isFull = bytes >= COPIED_FRAME_BYTES || last?.length === RECORDS_PER_FRAME_MAX;
    if (last === undefined || isFull) {
      all.push([record]);
      bytes = record.v.length;
    } else {
      last.push(record);
      bytes += record.v.length;
    }
  }
  return all;
}
