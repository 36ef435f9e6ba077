import { equalBytes } from "../base/bytes.ts";
import { type PeerId, peerIdOf } from "../identity/index.ts";
import type { Endpoint } from "../ports/index.ts";
import { Reader, Writer } from "../wire/index.ts";
import type { Way } from "./context.ts";
import type { Answering } from "./half-open.ts";
import type { HandshakeKit } from "./handshake-kit.ts";
import { CHANNEL_BYTES, type Hello } from "./hello.ts";
import { ANSWER_BYTES, FRAME_ANSWER } from "./layout.ts";
import { ANSWERINGS_MAX, ANSWERS_PER_OPEN_MAX, HANDSHAKE_LIFE_MS } from "./limits.ts";
import { Link } from "./link.ts";
import { AnswerRates } from "./rates.ts";

/** What the handshakes of others ask of the rest of the room. */
export interface AnsweringHooks {
  freeIndex(): number;
  channelFor(peer: PeerId): Uint8Array;
  onAnswered(link: Link, ownChannel: Uint8Array, theirChannel: Uint8Array): void;
}

/** Handshakes that others have begun: bounded in number and rate, and never repeated by us. */
export class Answerings {
  readonly #kit: HandshakeKit;
  readonly #hooks: AnsweringHooks;
  readonly #rates: AnswerRates;
  readonly #answerings: Map<number, Answering> = new Map();

  constructor(kit: HandshakeKit, hooks: AnsweringHooks) {
    this.#kit = kit;
    this.#hooks = hooks;
    this.#rates = new AnswerRates(kit.context.clock.monotonicMs());
  }

  get size(): number {
    return this.#answerings.size;
  }

  has(index: number): boolean {
    return this.#answerings.has(index);
  }

  /** Gives a repeated message 1 the same answer as before. False: it is a new one. */
  repeat(way: Way, frame: Uint8Array): boolean {
    for (const answering of this.#answerings.values()) {
      if (answering.endpoint !== way.endpoint) continue;
      if (!equalBytes(answering.openFrame, frame)) continue;
      if (answering.answers < ANSWERS_PER_OPEN_MAX) {
        answering.answers += 1;
        this.#kit.send(way, answering.answerFrame);
      }
      return true;
    }
    return false;
  }

  /** Answers a new message 1, within the limits. */
  answer(way: Way, frame: Uint8Array, nowMs: number): void {
    const { stats, wake } = this.#kit.context;
    if (!this.#rates.take(way.endpoint, nowMs)) {
      stats.handshakesRefused += 1;
      return;
    }
    const reader = new Reader(frame.subarray(2));
    const remoteIndex = reader.u32();
    const noise = this.#kit.noise(false);
    const localIndex = this.#hooks.freeIndex();
    let message: Uint8Array;
    try {
      noise.readMessage(reader.rest());
      message = noise.writeMessage(this.#kit.hello(new Uint8Array(CHANNEL_BYTES)));
    } catch (error) {
      this.#kit.refuse(error);
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
    this.#makeRoom();
    this.#answerings.set(localIndex, answering);
    stats.handshakesAnswered += 1;
    wake(nowMs + HANDSHAKE_LIFE_MS);
    this.#kit.send(way, answering.answerFrame);
  }

  /**
   * Message 3: the handshake is complete. It proves that our answer arrived where message 1 came
   * from, and nothing about where it comes from itself: the link begins at the proven endpoint.
   */
  onFinish(way: Way, frame: Uint8Array): void {
    const reader = new Reader(frame.subarray(1));
    const answering = this.#answerings.get(reader.u32());
    if (answering === undefined || answering.transport !== way.transport) {
      this.#kit.context.stats.droppedUnknown += 1;
      return;
    }
    const hello = this.#kit.read(answering.noise, reader.rest());
    if (hello === undefined) return;
    this.#answerings.delete(answering.localIndex);
    this.#complete(answering, hello, frame);
  }

  /** Forgets handshakes on a connection that has closed. */
  abort(endpoint: Endpoint): void {
    for (const answering of this.#answerings.values()) {
      if (answering.endpoint === endpoint) this.#answerings.delete(answering.localIndex);
    }
  }

  clear(): void {
    this.#answerings.clear();
  }

  /** Gives up what is too old. */
  tick(nowMs: number): void {
    for (const answering of this.#answerings.values()) {
      if (nowMs - answering.bornAtMs < HANDSHAKE_LIFE_MS) return;
      this.#answerings.delete(answering.localIndex);
    }
  }

  /** Monotonic time of the next `tick`. */
  deadlineMs(): number {
    const [oldest] = this.#answerings.values();
    return oldest === undefined ? Number.POSITIVE_INFINITY : oldest.bornAtMs + HANDSHAKE_LIFE_MS;
  }

  #complete(answering: Answering, hello: Hello, frame: Uint8Array): void {
    const { context } = this.#kit;
    const peer = peerIdOf(context.suite, hello.signKey);
    const link = new Link(context, {
      transport: answering.transport,
      endpoint: answering.endpoint,
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
    const nowMs = context.clock.monotonicMs();
    if (answering.answers === 1) link.estimator.guess(nowMs - answering.bornAtMs, nowMs);
    this.#hooks.onAnswered(link, this.#hooks.channelFor(peer), hello.channel);
  }

  #makeRoom(): void {
    const [oldest] = this.#answerings.keys();
    if (this.#answerings.size >= ANSWERINGS_MAX && oldest !== undefined) {
      this.#answerings.delete(oldest);
    }
  }
}
