import type { TypedError } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { FrameSplitter, frameOf } from "../feed/index.ts";
import type { LocalIdentity, PeerId, PeerRecord } from "../identity/index.ts";
import type { Clock, Log, Timed } from "../ports/index.ts";
import type { SessionPort, Stream, StreamEvents } from "../session/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import type { Account } from "./account.ts";
import type { Accounts } from "./accounts.ts";
import { GatewayError } from "./errors.ts";
import { METER_FRAME_BYTES_MAX, READING_TIMEOUT_MS, READINGS_SERVED_MAX } from "./limits.ts";
import {
  decodeReading,
  encodeReading,
  hashReading,
  isSigned,
  type Reading,
  signReading,
} from "./reading.ts";

const SERVICE = "meter";
const SIGNATURE_BYTES = 64;
const COUNT_MAX = Number.MAX_SAFE_INTEGER;

const frameSchema = schema.union({
  propose: schema.record({
    t: schema.literal("propose"),
    i: schema.integer(0, COUNT_MAX),
    o: schema.integer(0, COUNT_MAX),
    q: schema.integer(0, 0xffff_ffff),
    s: schema.optional(schema.bytes(SIGNATURE_BYTES)),
  }),
  reading: schema.record({
    t: schema.literal("reading"),
    r: schema.bytes(1, 256),
    s: schema.bytes(SIGNATURE_BYTES),
  }),
  agree: schema.record({ t: schema.literal("agree"), s: schema.bytes(SIGNATURE_BYTES) }),
  disagree: schema.record({ t: schema.literal("disagree") }),
});

type Frame = ReturnType<typeof frameSchema>;
type Proposal = Extract<Frame, { readonly t: "propose" }>;

/** What an exchange of readings is made of. */
export interface MeteringOptions {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly log: Log;
  readonly session: SessionPort;
  readonly signKeyOf: (peer: PeerId) => Uint8Array | undefined;
}

/**
 * Brings the two sides of an uplink to one reading that both sign. Each direction is counted where
 * it arrives; the sender checks that this is not more than it has sent.
 */
export class Metering implements Timed {
  readonly #options: MeteringOptions;
  readonly #accounts: Accounts;
  readonly #exchanges = new Set<Exchange>();
  readonly #proposing = new Set<PeerId>();

  constructor(options: MeteringOptions, accounts: Accounts) {
    this.#options = options;
    this.#accounts = accounts;
    options.session.serve(SERVICE, (stream, from) => this.#serve(stream, from));
  }

  /** As user: proposes a reading to the exit. One exchange per exit at a time. */
  propose(account: Account): void {
    const { peer, last } = account;
    if (this.#proposing.has(peer)) return;
    const over = (): void => {
      this.#proposing.delete(peer);
    };
    const exchange = this.#exchange((frame) => this.#heardAsUser(account, exchange, frame), over);
    const stream = this.#options.session.openStream(peer, SERVICE, exchange);
    if (stream === undefined) {
      exchange.onClose();
      return;
    }
    this.#proposing.add(peer);
    exchange.begin(stream);
    const { receivedBytes: i, sentBytes: o, ownSignature: s } = account;
    exchange.send({ t: "propose", i, o, q: last?.seq ?? 0, ...(s === undefined ? {} : { s }) });
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#exchanges) next = Math.min(next, deadlineMs);
    return next;
  }

  tick(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const exchange of [...this.#exchanges]) {
      if (exchange.deadlineMs <= nowMs) exchange.drop();
    }
  }

  #serve(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    const account = this.#accounts.find("exit", from.id);
    if (account === undefined || this.#exchanges.size >= READINGS_SERVED_MAX) return undefined;
    const exchange = this.#exchange((frame) => this.#heardAsExit(account, from, exchange, frame));
    exchange.begin(stream);
    return exchange;
  }

  #exchange(heard: (frame: Frame) => void, over: () => void = () => undefined): Exchange {
    const deadlineMs = this.#options.clock.monotonicMs() + READING_TIMEOUT_MS;
    const exchange = new Exchange(deadlineMs, heard, (error) => {
      this.#exchanges.delete(exchange);
      over();
      if (error !== null) this.#options.log.warn("no reading was agreed", { why: error.message });
    });
    this.#exchanges.add(exchange);
    return exchange;
  }

  #heardAsExit(account: Account, from: PeerRecord, exchange: Exchange, frame: Frame): void {
    if (frame.t === "propose") {
      const reading = this.#reading(account, from, frame);
      if (reading === undefined) {
        account.isDisputed = true;
        exchange.send({ t: "disagree" });
        exchange.end();
        return;
      }
      account.pending = reading;
      const s = signReading(this.#options.identity.signKey, reading);
      this.#accounts.save(account, () =>
        exchange.send({ t: "reading", r: encodeReading(reading), s }),
      );
    } else if (frame.t === "agree") {
      if (!this.#adopt(account, from, frame.s)) {
        throw new GatewayError("bad-reading", "A reading came back with a false signature.");
      }
      this.#accounts.save(account, () => exchange.end());
    } else throw unexpected(frame);
  }

  /** The user has signed what we proposed. */
  #adopt(account: Account, { signKey }: PeerRecord, signature: Uint8Array): boolean {
    const { pending } = account;
    if (pending === undefined) return false;
    if (!isSigned(this.#options.suite, signKey, pending, signature)) return false;
    account.agree(pending, signature, undefined);
    return true;
  }

  /** What this exit would sign; undefined where the user counts too little. */
  #reading(account: Account, from: PeerRecord, proposal: Proposal): Reading | undefined {
    const { i, o, q, s } = proposal;
    // The user may have signed the one before, and we have not heard of it.
    if (s !== undefined && account.pending?.seq === q) this.#adopt(account, from, s);
    const missing = account.sentBytes - i;
    if (missing > account.unarrivedMax) return undefined;
    const isNew = q === 0 || q !== account.last?.seq;
    if (isNew) {
      account.last = undefined;
      account.receivedBytes = Math.min(account.receivedBytes, o);
    }
    account.turnDay(this.#accounts.today());
    const { receivedBytes, sentBytes, last, day, dayBytes } = account;
    const downBytes = Math.min(i, sentBytes);
    const unarrived = sentBytes - downBytes;
    return {
      exit: this.#options.identity.id,
      user: from.id,
      seq: (last?.seq ?? 0) + 1,
      previous: hashReading(this.#options.suite, last),
      day,
      upBytes: receivedBytes,
      downBytes,
      dayBytes: Math.min(receivedBytes + downBytes, Math.max(0, dayBytes - unarrived)),
    };
  }

  #heardAsUser(account: Account, exchange: Exchange, frame: Frame): void {
    if (frame.t === "disagree") {
      account.isDisputed = true;
      exchange.end();
      return;
    }
    if (frame.t !== "reading") throw unexpected(frame);
    const { identity, suite, signKeyOf } = this.#options;
    const reading = decodeReading(frame.r);
    const key = signKeyOf(account.peer);
    const isTheirs = key !== undefined && isSigned(suite, key, reading, frame.s);
    if (!isTheirs || !this.#isRight(account, reading)) {
      account.isDisputed = true;
      throw new GatewayError("bad-reading", "The exit's reading is not what passed here.");
    }
    const own = signReading(identity.signKey, reading);
    account.agree(reading, frame.s, own);
    this.#accounts.save(account, () => {
      exchange.send({ t: "agree", s: own });
      exchange.end();
    });
  }

  /** Whether a reading continues the chain and charges for nothing that did not pass. */
  #isRight(account: Account, reading: Reading): boolean {
    const { last, peer } = account;
    const { identity, suite } = this.#options;
    const isOurs = reading.exit === peer && reading.user === identity.id;
    const before = reading.seq === 1 ? undefined : last;
    const follows =
      reading.seq === (before?.seq ?? 0) + 1 &&
      hashReading(suite, before).every((byte, at) => byte === reading.previous[at]);
    const counted =
      reading.upBytes <= account.sentBytes && reading.downBytes <= account.receivedBytes;
    const grown =
      reading.upBytes >= (before?.upBytes ?? 0) && reading.downBytes >= (before?.downBytes ?? 0);
    const isDayRight =
      reading.day >= (before?.day ?? 0) && reading.dayBytes <= reading.upBytes + reading.downBytes;
    return isOurs && follows && counted && grown && isDayRight;
  }
}

function unexpected(frame: Frame): GatewayError {
  return new GatewayError("protocol", `A frame '${frame.t}' has no place here.`);
}

/** One stream of the meter service. */
class Exchange implements StreamEvents {
  readonly deadlineMs: number;
  readonly #heard: (frame: Frame) => void;
  readonly #splitter = new FrameSplitter(METER_FRAME_BYTES_MAX);
  #onOver: ((error: TypedError | null) => void) | undefined;
  #stream: Stream | undefined;

  constructor(
    deadlineMs: number,
    heard: (frame: Frame) => void,
    onOver: (error: TypedError | null) => void,
  ) {
    this.deadlineMs = deadlineMs;
    this.#heard = heard;
    this.#onOver = onOver;
  }

  begin(stream: Stream): void {
    this.#stream = stream;
  }

  send(frame: Frame): void {
    this.#stream?.write(frameOf(encodeCbor(frame)));
  }

  end(): void {
    this.#stream?.end();
  }

  drop(): void {
    this.#stream?.reset();
    this.#finish(null);
  }

  onData(bytes: Uint8Array): void {
    this.#stream?.consume(bytes.length);
    if (this.#onOver === undefined) return;
    const take = (content: Uint8Array): void =>
      this.#heard(frameSchema(decodeCbor(content), "frame"));
    this.#splitter.read(bytes, take, (error) => {
      this.#stream?.reset();
      this.#finish(error);
    });
  }

  onEnd(): void {
    this.#stream?.end();
  }

  onDrain(): void {}

  onClose(): void {
    this.#finish(null);
  }

  #finish(error: TypedError | null): void {
    const onOver = this.#onOver;
    this.#onOver = undefined;
    onOver?.(error);
  }
}
