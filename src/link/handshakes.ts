import { compareBytes, equalBytes, NO_BYTES, utf8 } from "../base/bytes.ts";
import { CryptoError, NoiseHandshake } from "../crypto/index.ts";
import { type PeerId, peerIdOf } from "../identity/index.ts";
import type { Endpoint } from "../ports/index.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import { FRAME_BYTES_MAX } from "../wire/limits.ts";
import type { LinkContext, Way } from "./context.ts";
import type { Answering, Opening } from "./half-open.ts";
import {
  CHANNEL_BYTES,
  decodeHello,
  encodeHello,
  type Hello,
  signLinkKey,
  verifyHello,
} from "./hello.ts";
import {
  ANSWER_BYTES,
  FINISH_BYTES,
  FRAME_ANSWER,
  FRAME_FINISH,
  FRAME_OPEN,
  LINK_VERSION,
  OPEN_BYTES,
  OPEN_PADDING_BYTES,
  PROLOGUE_TEXT,
} from "./layout.ts";
import {
  ANSWERINGS_MAX,
  HANDSHAKE_LIFE_MS,
  HANDSHAKE_RETRY_FIRST_MS,
  HANDSHAKE_RETRY_MAX_MS,
  HANDSHAKE_SENDS_MAX,
  OPENINGS_MAX,
} from "./limits.ts";
import { Link } from "./link.ts";
import { AnswerRates } from "./rates.ts";

/** What handshakes need to know and tell. */
export interface HandshakeHooks {
  /** Whether a link uses this index. */
  indexTaken(index: number): boolean;
  /** The channel id we have for a neighbour, if it is one. */
  channelOf(peer: PeerId): Uint8Array | undefined;
  /** Somebody else's handshake is complete; they wait for a welcome. */
  onAnswered(link: Link, ownChannel: Uint8Array, theirChannel: Uint8Array): void;
  /** A handshake of ours came to nothing. */
  onFailed(way: Way): void;
}

/** Where the ephemeral key stands in message 1. */
const EPHEMERAL_AT = 6;
/** A handshake that yielded to the other side's waits this long before it goes on. */
const YIELD_MS = 1_000;
/** Times the same message 1 is answered. */
const ANSWERS_MAX = 8;

/**
 * Noise XX in three messages, repeated by whoever began. Half-open handshakes are bounded, and
 * a failed message changes nothing. Both sides beginning at once: the lower ephemeral key wins,
 * which both can see and which tells an onlooker nothing about who they are.
 */
export class Handshakes {
  readonly #context: LinkContext;
  readonly #hooks: HandshakeHooks;
  readonly #rates: AnswerRates;
  readonly #vow: Uint8Array;
  readonly #openings: Map<number, Opening> = new Map();
  readonly #answerings: Map<number, Answering> = new Map();

  constructor(context: LinkContext, hooks: HandshakeHooks) {
    this.#context = context;
    this.#hooks = hooks;
    this.#rates = new AnswerRates(context.clock.monotonicMs());
    this.#vow = signLinkKey(context.identity);
  }

  /** Handshakes begun by this peer and by others. */
  get halfOpen(): number {
    return this.#openings.size + this.#answerings.size;
  }

  /** Begins a handshake. False: one is under way there, or too many elsewhere. */
  begin({ transport, endpoint }: Way): boolean {
    const { clock, stats } = this.#context;
    if (this.#openings.size >= OPENINGS_MAX || this.openingAt(endpoint)) return false;
    const nowMs = clock.monotonicMs();
    const localIndex = this.#freeIndex();
    const noise = this.#noise(true);
    const message = noise.writeMessage(new Uint8Array(OPEN_PADDING_BYTES));
    const writer = new Writer(OPEN_BYTES).u8(FRAME_OPEN).u8(LINK_VERSION).u32(localIndex);
    const opening: Opening = {
      transport,
      endpoint,
      localIndex,
      noise,
      bornAtMs: nowMs,
      frame: writer.bytes(message).done(),
      sends: 0,
      firstSentAtMs: nowMs,
      nextSendMs: nowMs,
      link: undefined,
      ownChannel: NO_BYTES,
    };
    this.#openings.set(localIndex, opening);
    stats.handshakesBegun += 1;
    this.#resend(opening, nowMs);
    return true;
  }

  /** The handshake that this peer has begun with an endpoint. */
  openingAt(endpoint: Endpoint): Opening | undefined {
    for (const opening of this.#openings.values()) {
      if (opening.endpoint === endpoint) return opening;
    }
    return undefined;
  }

  /** The handshake of ours that waits for a welcome under this index. */
  waitingForWelcome(index: number): Opening | undefined {
    const opening = this.#openings.get(index);
    return opening?.link === undefined ? undefined : opening;
  }

  /** Forgets a handshake of ours: it is done. */
  finish(opening: Opening): void {
    this.#openings.delete(opening.localIndex);
  }

  /** Forgets handshakes with a peer whose channel has ended, so that none revives it. */
  abortPeer(peer: PeerId): void {
    for (const opening of this.#openings.values()) {
      if (opening.link?.peer === peer) this.#fail(opening);
    }
  }

  /** A link stands at this endpoint: what we began there and nobody answered is not needed. */
  settle(endpoint: Endpoint): void {
    const opening = this.openingAt(endpoint);
    if (opening !== undefined && opening.link === undefined) this.finish(opening);
  }

  /** Forgets handshakes on a connection that has closed. */
  abortEndpoint(endpoint: Endpoint): void {
    for (const opening of this.#openings.values()) {
      if (opening.endpoint === endpoint) this.#openings.delete(opening.localIndex);
    }
    for (const answering of this.#answerings.values()) {
      if (answering.endpoint === endpoint) this.#answerings.delete(answering.localIndex);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#openings.clear();
    this.#answerings.clear();
  }

  /** Somebody's message 1. */
  onOpen(way: Way, frame: Uint8Array): void {
    const { stats, clock } = this.#context;
    if (frame.length !== OPEN_BYTES || frame[1] !== LINK_VERSION) {
      stats.droppedMalformed += 1;
      return;
    }
    const nowMs = clock.monotonicMs();
    const known = this.#answeringTo(way, frame);
    if (known !== undefined) {
      if (known.answers >= ANSWERS_MAX) return;
      known.answers += 1;
      this.#send(way, known.answerFrame);
    } else if (this.#mayAnswer(way, frame, nowMs)) {
      this.#answer(way, frame, nowMs);
    }
  }

  /** Message 2, the answer to one of ours. */
  onAnswer(way: Way, frame: Uint8Array): void {
    if (frame.length !== ANSWER_BYTES) {
      this.#context.stats.droppedMalformed += 1;
      return;
    }
    const reader = new Reader(frame.subarray(1));
    const remoteIndex = reader.u32();
    const opening = this.#openings.get(reader.u32());
    if (opening === undefined || opening.transport !== way.transport) {
      this.#context.stats.droppedUnknown += 1;
      return;
    }
    if (opening.link !== undefined) return;
    const hello = this.#read(opening.noise, reader.rest());
    if (hello === undefined) return;
    const nowMs = this.#context.clock.monotonicMs();
    const peer = peerIdOf(this.#context.suite, hello.signKey);
    opening.ownChannel = this.#channelFor(peer);
    const payload = encodeHello(this.#hello(opening.ownChannel));
    const writer = new Writer(FINISH_BYTES).u8(FRAME_FINISH).u32(remoteIndex);
    opening.frame = writer.bytes(opening.noise.writeMessage(payload)).done();
    opening.link = new Link(this.#context, {
      transport: way.transport,
      endpoint: way.endpoint,
      dialled: opening.endpoint,
      initiator: true,
      localIndex: opening.localIndex,
      remoteIndex,
      peer,
      hello,
      keys: opening.noise.split(),
      handshakeHash: opening.noise.handshakeHash,
      finishFrame: undefined,
    });
    if (opening.sends === 1) opening.link.estimator.sample(nowMs - opening.firstSentAtMs);
    opening.sends = 0;
    this.#resend(opening, nowMs);
  }

  /** Message 3, the end of a handshake that somebody else began. */
  onFinish(way: Way, frame: Uint8Array): void {
    if (frame.length !== FINISH_BYTES) {
      this.#context.stats.droppedMalformed += 1;
      return;
    }
    const reader = new Reader(frame.subarray(1));
    const answering = this.#answerings.get(reader.u32());
    if (answering === undefined || answering.transport !== way.transport) {
      this.#context.stats.droppedUnknown += 1;
      return;
    }
    const hello = this.#read(answering.noise, reader.rest());
    if (hello === undefined) return;
    this.#answerings.delete(answering.localIndex);
    const peer = peerIdOf(this.#context.suite, hello.signKey);
    const link = new Link(this.#context, {
      transport: way.transport,
      endpoint: way.endpoint,
      dialled: undefined,
      initiator: false,
      localIndex: answering.localIndex,
      remoteIndex: answering.remoteIndex,
      peer,
      hello,
      keys: answering.noise.split(),
      handshakeHash: answering.noise.handshakeHash,
      finishFrame: frame.slice(),
    });
    const tookMs = this.#context.clock.monotonicMs() - answering.bornAtMs;
    if (answering.answers === 1) link.estimator.sample(tookMs);
    this.#hooks.onAnswered(link, this.#channelFor(peer), hello.channel);
  }

  /** Repeats what is due and gives up what is too old. */
  tick(nowMs: number): void {
    for (const opening of this.#openings.values()) {
      if (nowMs - opening.bornAtMs >= HANDSHAKE_LIFE_MS) this.#fail(opening);
      else if (nowMs < opening.nextSendMs) continue;
      else if (opening.sends >= HANDSHAKE_SENDS_MAX) this.#fail(opening);
      else this.#resend(opening, nowMs);
    }
    for (const answering of this.#answerings.values()) {
      if (nowMs - answering.bornAtMs < HANDSHAKE_LIFE_MS) break;
      this.#answerings.delete(answering.localIndex);
    }
  }

  /** Monotonic time of the next `tick`. */
  deadlineMs(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { nextSendMs, bornAtMs } of this.#openings.values()) {
      first = Math.min(first, nextSendMs, bornAtMs + HANDSHAKE_LIFE_MS);
    }
    const [oldest] = this.#answerings.values();
    return oldest === undefined ? first : Math.min(first, oldest.bornAtMs + HANDSHAKE_LIFE_MS);
  }

  /** Resolves simultaneous opening, then asks the limits. */
  #mayAnswer(way: Way, frame: Uint8Array, nowMs: number): boolean {
    const ours = this.openingAt(way.endpoint);
    if (ours !== undefined && ours.link === undefined) {
      const ownKey = ours.frame.subarray(EPHEMERAL_AT, EPHEMERAL_AT + 32);
      const order = compareBytes(ownKey, frame.subarray(EPHEMERAL_AT, EPHEMERAL_AT + 32));
      if (order <= 0) return false;
      ours.nextSendMs = Math.max(ours.nextSendMs, nowMs + YIELD_MS);
    }
    if (this.#rates.take(way.endpoint, nowMs)) return true;
    this.#context.stats.handshakesRefused += 1;
    return false;
  }

  #answer(way: Way, frame: Uint8Array, nowMs: number): void {
    const reader = new Reader(frame.subarray(2));
    const remoteIndex = reader.u32();
    const noise = this.#noise(false);
    const localIndex = this.#freeIndex();
    let message: Uint8Array;
    try {
      noise.readMessage(reader.rest());
      message = noise.writeMessage(encodeHello(this.#hello(new Uint8Array(CHANNEL_BYTES))));
    } catch (error) {
      this.#forged(error);
      return;
    }
    const writer = new Writer(ANSWER_BYTES).u8(FRAME_ANSWER).u32(localIndex).u32(remoteIndex);
    const answering: Answering = {
      ...way,
      localIndex,
      remoteIndex,
      noise,
      bornAtMs: nowMs,
      openFrame: frame.slice(),
      answerFrame: writer.bytes(message).done(),
      answers: 1,
    };
    const [oldest] = this.#answerings.keys();
    if (this.#answerings.size >= ANSWERINGS_MAX && oldest !== undefined) {
      this.#answerings.delete(oldest);
    }
    this.#answerings.set(localIndex, answering);
    this.#context.stats.handshakesAnswered += 1;
    this.#context.wake(nowMs + HANDSHAKE_LIFE_MS);
    this.#send(way, answering.answerFrame);
  }

  #answeringTo(way: Way, frame: Uint8Array): Answering | undefined {
    for (const answering of this.#answerings.values()) {
      if (answering.endpoint !== way.endpoint) continue;
      if (equalBytes(answering.openFrame, frame)) return answering;
    }
    return undefined;
  }

  /** The proven payload of a handshake message, or undefined where anything about it is wrong. */
  #read(noise: NoiseHandshake, message: Uint8Array): Hello | undefined {
    try {
      const hello = decodeHello(noise.readMessage(message));
      const { suite, identity } = this.#context;
      const self = equalBytes(hello.signKey, identity.signKey.publicKey);
      if (!self && verifyHello(suite, hello, noise.remoteStatic ?? NO_BYTES)) return hello;
      this.#context.stats.droppedForged += 1;
    } catch (error) {
      this.#forged(error);
    }
    return undefined;
  }

  #forged(error: unknown): void {
    if (!(error instanceof CryptoError) && !(error instanceof WireError)) throw error;
    this.#context.stats.droppedForged += 1;
  }

  /** One channel id per peer, also across handshakes that run at the same time. */
  #channelFor(peer: PeerId): Uint8Array {
    const known = this.#hooks.channelOf(peer);
    if (known !== undefined) return known;
    for (const opening of this.#openings.values()) {
      if (opening.link?.peer === peer) return opening.ownChannel;
    }
    return this.#context.random.bytes(CHANNEL_BYTES);
  }

  #hello(channel: Uint8Array): Hello {
    const { identity, run } = this.#context;
    return {
      signKey: identity.signKey.publicKey,
      signature: this.#vow,
      run,
      channel,
      features: 0,
      packetBytesMax: FRAME_BYTES_MAX,
    };
  }

  #noise(initiator: boolean): NoiseHandshake {
    const { suite, identity, random } = this.#context;
    const prologue = utf8(PROLOGUE_TEXT);
    const staticKey = identity.dhKey;
    return new NoiseHandshake({ suite, pattern: "XX", initiator, prologue, staticKey, random });
  }

  #freeIndex(): number {
    for (;;) {
      const index = this.#context.random.u32();
      const half = this.#openings.has(index) || this.#answerings.has(index);
      if (!half && !this.#hooks.indexTaken(index)) return index;
    }
  }

  #resend(opening: Opening, nowMs: number): void {
    const waitMs = HANDSHAKE_RETRY_FIRST_MS * 2 ** opening.sends;
    opening.sends += 1;
    opening.nextSendMs = nowMs + Math.min(HANDSHAKE_RETRY_MAX_MS, waitMs);
    this.#context.wake(opening.nextSendMs);
    this.#send(opening.link ?? opening, opening.frame);
  }

  #send({ transport, endpoint }: Way, frame: Uint8Array): void {
    this.#context.stats.framesSent += 1;
    this.#context.stats.bytesSent += frame.length;
    transport.send(endpoint, frame);
  }

  #fail(opening: Opening): void {
    this.#openings.delete(opening.localIndex);
    this.#hooks.onFailed(opening);
  }
}
