import { NO_BYTES } from "../base/bytes.ts";
import type { FrameRun } from "../base/frame-run.ts";
import { ReplayWindow } from "../base/replay-window.ts";
import { TokenBucket } from "../base/token-bucket.ts";
import type { NoiseTransportKeys } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { Endpoint, Transport } from "../ports/index.ts";
import { Writer } from "../wire/index.ts";
import { jitter, type LinkContext } from "./context.ts";
import { LinkEstimator } from "./estimator.ts";
import { encodeFragmentHead, fragmentCount, fragmentRange, Reassembler } from "./fragments.ts";
import { FrameSize } from "./frame-size.ts";
import type { Hello } from "./hello.ts";
import {
  DATA_OVERHEAD_BYTES,
  FEATURE_GONE,
  FEATURE_REPAIR,
  FEATURE_SHORT,
  FEATURE_TRAINS,
  FEATURE_UNKEPT,
  PIECE_HEAD_BYTES,
  SEALED_INTERNAL,
  TRAIN_HEAD_BYTES,
} from "./layout.ts";
import {
  ECHOES_BURST,
  ECHOES_PER_SECOND,
  FRAGMENTS_MAX,
  FRAME_COUNTER_MAX,
  REKEY_AGE_MS,
  REKEY_FRAMES,
  REKEY_RESPONDER_EXTRA_MS,
  REPLAY_WINDOW_FRAMES,
  SHORT_BITS_PER_SECOND_MAX,
  SLOW_REKEY_AGE_MS,
} from "./limits.ts";
import { Liveness } from "./liveness.ts";
import { type InternalMessage, writeMessage } from "./messages.ts";
import { NewPath } from "./new-path.ts";
import { Repair } from "./repair.ts";
import { ShortFrames } from "./short-frames.ts";
import { GATHERED_BYTES_MIN } from "./train-writer.ts";
import { encodeTrainHead, Trains } from "./trains.ts";

/** Messages that measure time, or ask for what does. */
const TIMED: ReadonlySet<InternalMessage["type"]> = new Set([
  "probe",
  "echo",
  "repeat",
  "repeating",
]);

/** What a finished handshake gives to a link. */
export interface LinkInit {
  readonly transport: Transport;
  readonly endpoint: Endpoint;
  /** The endpoint as it was asked for, where this side began. */
  readonly dialled: Endpoint | undefined;
  readonly initiator: boolean;
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly peer: PeerId;
  readonly hello: Hello;
  readonly keys: NoiseTransportKeys;
  /** The same on both sides: decides which of two simultaneous handshakes stays. */
  readonly handshakeHash: Uint8Array;
  /** Message 3 as received: while nothing else came, its repetition is answered again. */
  readonly finishFrame: Uint8Array | undefined;
}

/** One pair of keys between two endpoints, with everything learned about the way between them. */
export class Link {
  readonly transport: Transport;
  /** The endpoint as this side asked for it, if it did. */
  dialled: Endpoint | undefined;
  readonly initiator: boolean;
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly peer: PeerId;
  readonly hello: Hello;
  readonly keys: NoiseTransportKeys;
  readonly handshakeHash: Uint8Array;
  readonly establishedAtMs: number;
  readonly estimator: LinkEstimator = new LinkEstimator();
  readonly liveness: Liveness;
  readonly replay: ReplayWindow = new ReplayWindow(REPLAY_WINDOW_FRAMES);
  readonly reassembler: Reassembler;
  readonly trains: Trains;
  /** Where the transport loses frames and the neighbour can do it too. */
  readonly repair: Repair | undefined;
  /** Where the transport is slow and keeps the order, and the neighbour takes them. */
  readonly short: ShortFrames | undefined;
  /** How large frames may be, where the transport knows of ways that carry more than all do. */
  readonly frameSize: FrameSize | undefined;
  /** Echoes that the neighbour may ask for. */
  readonly echoes: TokenBucket;
  /** Where frames go; follows the neighbour when its address changes. */
  endpoint: Endpoint;
  finishFrame: Uint8Array | undefined;
  /** Renewed: only frames under way are still taken, until then. */
  retiredUntilMs: number = Number.POSITIVE_INFINITY;
  /** When a new handshake was last begun for this link's sake. */
  renewedAtMs: number = Number.NEGATIVE_INFINITY;
  closed = false;
  readonly #context: LinkContext;
  #counter: number;
  #packetId = 0;
  #newPath: NewPath | undefined;

  /** @param firstCounter 0 except in tests */
  constructor(context: LinkContext, init: LinkInit, firstCounter = 0) {
    const nowMs = context.clock.monotonicMs();
    this.#context = context;
    this.transport = init.transport;
    this.endpoint = init.endpoint;
    this.dialled = init.dialled;
    this.initiator = init.initiator;
    this.localIndex = init.localIndex;
    this.remoteIndex = init.remoteIndex;
    this.peer = init.peer;
    this.hello = init.hello;
    this.keys = init.keys;
    this.handshakeHash = init.handshakeHash;
    this.finishFrame = init.finishFrame;
    this.establishedAtMs = nowMs;
    this.#counter = firstCounter;
    this.reassembler = new Reassembler(context.reassembly);
    this.trains = new Trains(context.reassembly);
    this.echoes = new TokenBucket({ perSecond: ECHOES_PER_SECOND, burst: ECHOES_BURST }, nowMs);
    this.liveness = new Liveness(this.estimator, () => jitter(context.random, 0.25), nowMs);
    this.liveness.quietMaxMs =
      init.transport.quietMsMax?.(init.endpoint) ?? Number.POSITIVE_INFINITY;
    const isRepaired = (init.hello.features & context.features & FEATURE_REPAIR) !== 0;
    this.short = this.#newShort(context);
    this.liveness.slow = this.short !== undefined;
    this.repair = isRepaired && !init.transport.reliable ? this.#newRepair(nowMs) : undefined;
    this.frameSize = init.transport.pathFrameBytes === undefined ? undefined : this.#newFrameSize();
  }

  #newFrameSize(): FrameSize {
    const { frameBytesMax } = this.transport;
    const mostBytes = (): number => this.transport.pathFrameBytes?.(this.endpoint) ?? frameBytesMax;
    const probe = (id: number, bytes: number): void => {
      const writer = new Writer(8).u8(SEALED_INTERNAL);
      writeMessage(writer, { type: "probe", id });
      const sealed = writer.done();
      const padding = new Uint8Array(bytes - DATA_OVERHEAD_BYTES - sealed.length);
      this.sendSealed(sealed, padding, false);
    };
    return new FrameSize({ leastBytes: frameBytesMax, mostBytes, probe });
  }

  #newShort(context: LinkContext): ShortFrames | undefined {
    const { reliable, bitsPerSecond = Number.POSITIVE_INFINITY } = this.transport;
    const isSlow = reliable && bitsPerSecond <= SHORT_BITS_PER_SECOND_MAX;
    const isTaken = (this.hello.features & context.features & FEATURE_SHORT) !== 0;
    return isSlow && isTaken ? new ShortFrames(context.suite, this.keys) : undefined;
  }

  /** The other end knows of the link once it has sent something on it. */
  get #shortNow(): ShortFrames | undefined {
    return this.replay.highest < 0 || this.#counter > FRAME_COUNTER_MAX ? undefined : this.short;
  }

  #newRepair(nowMs: number): Repair {
    const { remoteIndex, replay, trains, transport } = this;
    const link = {
      ...{ frameBytesMax: transport.frameBytesMax, remoteIndex, replay, trains },
      takesGone: (this.hello.features & this.#context.features & FEATURE_GONE) !== 0,
      tellsUnkept: (this.hello.features & this.#context.features & FEATURE_UNKEPT) !== 0,
      nextCounter: () => this.#counter,
      isActive: () => !this.closed && this.retiredUntilMs === Number.POSITIVE_INFINITY,
      send: (...messages: readonly InternalMessage[]) => void this.sendMessages(...messages),
      repeat: this.#handFrame,
    };
    return new Repair(this.#context, link, nowMs);
  }

  /** Sends messages in one frame. False: the transport dropped it. */
  sendMessages(...messages: readonly InternalMessage[]): boolean {
    const writer = new Writer(64).u8(SEALED_INTERNAL);
    for (const message of messages) writeMessage(writer, message);
    // Whatever measures time would come too late a second time.
    const isTimed = messages.length === 0 || messages.some(({ type }) => TIMED.has(type));
    const short = this.#shortNow;
    if (short !== undefined) return this.#hand(short.sealInternal(this.#counter++, writer.done()));
    return this.sendSealed(writer.done(), NO_BYTES, !isTimed);
  }

  /** A probe that leaves now. */
  probe(): InternalMessage {
    return { type: "probe", id: this.estimator.probeSent(this.#context.clock.monotonicMs()) };
  }

  /** Sends a packet, in pieces where it must. False: it was dropped. */
  sendPacket(header: Uint8Array, payload: Uint8Array): boolean {
    if (header.length + payload.length > this.hello.packetBytesMax) return false;
    const bytes = DATA_OVERHEAD_BYTES + 1 + header.length + payload.length;
    if (bytes > this.transport.frameBytesMax) {
      const { frameSize, estimator } = this;
      frameSize?.used(this.#context.clock.monotonicMs(), estimator.knownRoundTripMs);
      if (bytes > this.frameBytes) return this.#sendPieces(header, payload);
    }
    const short = this.#shortNow?.sealPacket(this.#counter, header, payload);
    if (short !== undefined) return this.#sendShort(short);
    return this.sendSealed(this.#context.codec.packetPart(header), payload);
  }

  /** Of a frame that carries a packet, at most. */
  get frameBytes(): number {
    return this.frameSize?.bytes ?? this.transport.frameBytesMax;
  }

  #sendShort({ frame, sent }: { readonly frame: Uint8Array; readonly sent: () => void }): boolean {
    this.#counter++;
    const isSent = this.#hand(frame);
    if (isSent) sent();
    return isSent;
  }

  /** Seals and sends one frame, which may be repeated where the neighbour misses it. */
  sendSealed(sealed: Uint8Array, payload: Uint8Array, isRepeatable = true): boolean {
    if (this.#counter > FRAME_COUNTER_MAX) return false;
    const { clock, codec, trains } = this.#context;
    const { remoteIndex, repair, transport } = this;
    const counter = this.#counter++;
    repair?.mark(sealed, counter);
    const repeater = isRepeatable ? repair?.repeater : undefined;
    const isKept = repeater?.keeps(sealed.length + payload.length) === true;
    const isGathered = transport.sendRun !== undefined && payload.length >= GATHERED_BYTES_MIN;
    if (isGathered && !isKept && this.#newPath === undefined) {
      const lead = codec.sealLead(this.keys.send, remoteIndex, counter, sealed, payload.length);
      return this.#sendRun(trains.lone(lead, payload));
    }
    const frame = codec.seal(this.keys.send, remoteIndex, counter, sealed, payload);
    if (isKept) repeater?.keepFrame(counter, frame, clock.monotonicMs());
    return this.#hand(frame);
  }

  /** How many frames right before one nobody will send again, by its sealed part, where the kind alone is left. */
  unkeptBefore(sealed: Uint8Array): number {
    return this.repair?.unmark(sealed) ?? 0;
  }

  readonly #handFrame = (frame: Uint8Array): boolean => this.#hand(frame);

  #hand(frame: Uint8Array): boolean {
    const { stats } = this.#context;
    stats.framesSent += 1;
    stats.bytesSent += frame.length;
    const sent = this.transport.send(this.endpoint, frame);
    if (this.#newPath === undefined) return sent;
    return this.#sendAside(this.#newPath, frame) || sent;
  }

  /** Packets that wait for pieces are given up. */
  clearPieces(): void {
    this.repair?.clear();
    this.reassembler.clear();
    this.trains.clear();
  }

  /** Asks for those that are due; those that have waited too long are given up. */
  expirePieces(nowMs: number): void {
    this.repair?.tick(nowMs);
    this.reassembler.expire(nowMs);
    this.trains.expire(nowMs);
  }

  /** When that has something to do. */
  piecesDeadlineMs(): number {
    const repairMs = this.repair?.deadlineMs() ?? Number.POSITIVE_INFINITY;
    return Math.min(this.reassembler.deadlineMs(), this.trains.deadlineMs(), repairMs);
  }

  /** The newest frame came from another address than frames go to: asks there for a proof. */
  heardFrom(endpoint: Endpoint, frameBytes: number, nowMs: number): void {
    if (this.#newPath?.endpoint !== endpoint) {
      this.#newPath = new NewPath(endpoint, this.#context.random);
    }
    const id = this.#newPath.heard(frameBytes, nowMs);
    if (id === undefined || this.#counter > FRAME_COUNTER_MAX) return;
    const writer = new Writer(8).u8(SEALED_INTERNAL);
    writeMessage(writer, { type: "probe", id });
    const { codec } = this.#context;
    const counter = this.#counter++;
    const sealed = writer.done();
    this.repair?.mark(sealed, counter);
    this.#sendAside(
      this.#newPath,
      codec.seal(this.keys.send, this.remoteIndex, counter, sealed, NO_BYTES),
    );
  }

  /** An echo came: whether it proves that the neighbour reads what is sent to its new address. */
  provesPath(id: number, from: Endpoint): boolean {
    return this.#newPath?.proves(id, from) ?? false;
  }

  /** The neighbour has been proven to read at another address: frames go there now. */
  moveTo(endpoint: Endpoint): void {
    this.endpoint = endpoint;
    this.estimator.moved();
    this.frameSize?.reset();
  }

  /** The neighbour is where frames go, or a new address was proven. */
  settlePath(): void {
    this.#newPath = undefined;
  }

  /** When the keys should be renewed by a new handshake; NEGATIVE_INFINITY: now. */
  renewAtMs(): number {
    if (this.#counter >= REKEY_FRAMES) return Number.NEGATIVE_INFINITY;
    const extraMs = this.initiator ? 0 : REKEY_RESPONDER_EXTRA_MS;
    const ageMs = this.short === undefined ? REKEY_AGE_MS : SLOW_REKEY_AGE_MS;
    return this.establishedAtMs + ageMs + extraMs;
  }

  #sendAside(path: NewPath, frame: Uint8Array): boolean {
    if (!path.takes(frame.length, this.#context.clock.monotonicMs())) return false;
    this.#context.stats.framesSent += 1;
    this.#context.stats.bytesSent += frame.length;
    return this.transport.send(path.endpoint, frame);
  }

  #sendPieces(header: Uint8Array, payload: Uint8Array): boolean {
    const frameBytes = this.frameBytes;
    const firstBytes = frameBytes - DATA_OVERHEAD_BYTES - TRAIN_HEAD_BYTES - header.length;
    const takesTrains = (this.hello.features & FEATURE_TRAINS) !== 0;
    if (!takesTrains || firstBytes < 1 || firstBytes >= payload.length) {
      return this.#sendFragments(header, payload);
    }
    const pieceBytes = frameBytes - PIECE_HEAD_BYTES;
    const count = 1 + Math.ceil((payload.length - firstBytes) / pieceBytes);
    if (count > FRAGMENTS_MAX || this.#counter > FRAME_COUNTER_MAX) return false;
    const { clock, codec, random, trains } = this.#context;
    const token = (random.u32() & 0xffff) * 0x1_0000_0000 + random.u32();
    const payloadBytes = payload.length;
    const head = encodeTrainHead({ token, count, pieceBytes, payloadBytes, header });
    const counter = this.#counter++;
    this.repair?.mark(head, counter);
    const receiverIndex = this.remoteIndex;
    const lead = codec.sealLead(this.keys.send, receiverIndex, counter, head, firstBytes);
    const plan = { frameBytes, count, receiverIndex, token, lead, payload };
    const run = trains.run(plan);
    const repeater = this.repair?.repeater;
    if (repeater?.keeps(payloadBytes)) {
      repeater.keepTrain(counter, token, run, clock.monotonicMs());
    }
    return this.#sendRun(run);
  }

  #sendRun(run: FrameRun): boolean {
    const { stats, trains } = this.#context;
    // A new address gets each frame twice until it is proven.
    if (this.#newPath === undefined && this.transport.sendRun?.(this.endpoint, run) === true) {
      stats.framesSent += run.count;
      stats.bytesSent += run.heads.length + run.lead.length + run.body.length;
      return true;
    }
    return trains.each(run, this.#handFrame);
  }

  #sendFragments(header: Uint8Array, payload: Uint8Array): boolean {
    const count = fragmentCount(header.length, payload.length, this.frameBytes);
    if (count === undefined) return false;
    const packetId = this.#packetId;
    this.#packetId = (packetId + 1) % 0x1_0000_0000;
    for (let index = 0; index < count; index++) {
      const [from, to] = fragmentRange(payload.length, count, index);
      const [headFrom, headTo] = fragmentRange(header.length, count, index);
      const head = encodeFragmentHead({
        packetId,
        index,
        count,
        payloadBytes: payload.length,
        header: header.subarray(headFrom, headTo),
      });
      if (!this.sendSealed(head, payload.subarray(from, to))) return false;
    }
    return true;
  }
}
