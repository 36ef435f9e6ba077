import { compareBytes, NO_BYTES } from "../base/bytes.ts";
import { type PeerId, peerIdOf } from "../identity/index.ts";
import type { Endpoint } from "../ports/index.ts";
import { Reader, Writer } from "../wire/index.ts";
import type { Way } from "./context.ts";
import type { Opening } from "./half-open.ts";
import type { HandshakeKit } from "./handshake-kit.ts";
import type { Hello } from "./hello.ts";
import {
  FINISH_BYTES,
  FRAME_FINISH,
  FRAME_OPEN,
  LINK_VERSION,
  OPEN_BYTES,
  OPEN_EPHEMERAL_AT,
  OPEN_PADDING_BYTES,
} from "./layout.ts";
import {
  HANDSHAKE_LIFE_MS,
  HANDSHAKE_REPEAT_GAP_MS,
  HANDSHAKE_RETRY_FIRST_MS,
  HANDSHAKE_RETRY_MAX_MS,
  HANDSHAKE_SENDS_MAX,
  OPENINGS_MAX,
} from "./limits.ts";
import { Link } from "./link.ts";

/** A handshake that yielded to the other side's waits this long before it goes on. */
const YIELD_MS = 1_000;

/** What the handshakes of ours ask of the rest of the room. */
export interface OpeningHooks {
  freeIndex(): number;
  channelFor(peer: PeerId): Uint8Array;
  onFailed(way: Way): void;
}

/** Handshakes that this peer has begun. It alone repeats messages; the other side only answers. */
export class Openings {
  readonly #kit: HandshakeKit;
  readonly #hooks: OpeningHooks;
  readonly #openings: Map<number, Opening> = new Map();

  constructor(kit: HandshakeKit, hooks: OpeningHooks) {
    this.#kit = kit;
    this.#hooks = hooks;
  }

  get size(): number {
    return this.#openings.size;
  }

  get(index: number): Opening | undefined {
    return this.#openings.get(index);
  }

  /** The handshake begun with an endpoint. */
  at(endpoint: Endpoint): Opening | undefined {
    for (const opening of this.#openings.values()) {
      if (opening.endpoint === endpoint) return opening;
    }
    return undefined;
  }

  /** The handshake that has learned to be with this peer. */
  withPeer(peer: PeerId): Opening | undefined {
    for (const opening of this.#openings.values()) if (opening.link?.peer === peer) return opening;
    return undefined;
  }

  /** Begins a handshake, if given with this peer only. False: one is under way there, or too many elsewhere. */
  begin({ transport, endpoint }: Way, expected?: PeerId): boolean {
    const { clock, stats } = this.#kit.context;
    if (this.#openings.size >= OPENINGS_MAX || this.at(endpoint) !== undefined) return false;
    const nowMs = clock.monotonicMs();
    const localIndex = this.#hooks.freeIndex();
    const noise = this.#kit.noise(true);
    const message = noise.writeMessage(new Uint8Array(OPEN_PADDING_BYTES));
    const writer = new Writer(OPEN_BYTES).u8(FRAME_OPEN).u8(LINK_VERSION).u32(localIndex);
    const opening: Opening = {
      transport,
      endpoint,
      expected,
      localIndex,
      noise,
      bornAtMs: nowMs,
      frame: writer.bytes(message).done(),
      sends: 0,
      firstSentAtMs: nowMs,
      sentAtMs: nowMs,
      nextSendMs: nowMs,
      link: undefined,
      ownChannel: NO_BYTES,
    };
    this.#openings.set(localIndex, opening);
    stats.handshakesBegun += 1;
    this.#resend(opening, nowMs);
    return true;
  }

  /**
   * Somebody's message 1 came from where we began a handshake too. The lower ephemeral key
   * wins: both sides see both keys, and an onlooker learns nothing from it. True: theirs goes on.
   */
  yieldTo(endpoint: Endpoint, openFrame: Uint8Array, nowMs: number): boolean {
    const ours = this.at(endpoint);
    if (ours === undefined || ours.link !== undefined) return true;
    if (compareBytes(ephemeralOf(ours.frame), ephemeralOf(openFrame)) <= 0) {
      // They would have answered ours: it was lost, and now there is a way.
      if (nowMs - ours.sentAtMs >= HANDSHAKE_REPEAT_GAP_MS) this.#repeat(ours, nowMs);
      return false;
    }
    ours.nextSendMs = Math.max(ours.nextSendMs, nowMs + YIELD_MS);
    return true;
  }

  /** Message 2. The way it came is the way to go on: a name may have led to an address. */
  onAnswer(way: Way, frame: Uint8Array): void {
    const { stats } = this.#kit.context;
    const reader = new Reader(frame.subarray(1));
    const remoteIndex = reader.u32();
    const opening = this.#openings.get(reader.u32());
    if (opening === undefined || opening.transport !== way.transport) {
      stats.droppedUnknown += 1;
      return;
    }
    if (opening.link !== undefined) return;
    const hello = this.#kit.read(opening.noise, reader.rest());
    if (hello !== undefined) this.#proceed(opening, way, hello, remoteIndex);
  }

  /** Ways may have come that were missing when these messages left: says all of them again. */
  repeatAll(nowMs: number): void {
    for (const opening of this.#openings.values()) this.#repeat(opening, nowMs);
  }

  /** Forgets a handshake: it is done, or no longer wanted. */
  remove(opening: Opening): void {
    this.#openings.delete(opening.localIndex);
  }

  /** Forgets a handshake and tells that it came to nothing. */
  fail(opening: Opening): void {
    this.#openings.delete(opening.localIndex);
    this.#hooks.onFailed(opening);
  }

  clear(): void {
    this.#openings.clear();
  }

  /** Repeats what is due and gives up what is too old. */
  tick(nowMs: number): void {
    for (const opening of this.#openings.values()) {
      if (nowMs - opening.bornAtMs >= HANDSHAKE_LIFE_MS) this.fail(opening);
      else if (nowMs < opening.nextSendMs) continue;
      else if (opening.sends >= HANDSHAKE_SENDS_MAX) this.fail(opening);
      else this.#resend(opening, nowMs);
    }
  }

  /** Monotonic time of the next `tick`. */
  deadlineMs(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { nextSendMs, bornAtMs } of this.#openings.values()) {
      first = Math.min(first, nextSendMs, bornAtMs + HANDSHAKE_LIFE_MS);
    }
    return first;
  }

  /** The other side has proved who it is: say who we are, and wait for its welcome. */
  #proceed(opening: Opening, way: Way, hello: Hello, remoteIndex: number): void {
    const { context } = this.#kit;
    const nowMs = context.clock.monotonicMs();
    const peer = peerIdOf(context.suite, hello.signKey);
    if (opening.expected !== undefined && opening.expected !== peer) {
      // Somebody else has come to live there, and is not told who asks.
      this.fail(opening);
      return;
    }
    opening.ownChannel = this.#hooks.channelFor(peer);
    const message = opening.noise.writeMessage(this.#kit.hello(opening.ownChannel));
    const writer = new Writer(FINISH_BYTES).u8(FRAME_FINISH).u32(remoteIndex);
    opening.frame = writer.bytes(message).done();
    opening.link = new Link(context, {
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
    const isSaidOnce = opening.sends === 1 && opening.sentAtMs === opening.firstSentAtMs;
    if (isSaidOnce) opening.link.estimator.guess(nowMs - opening.firstSentAtMs, nowMs);
    opening.sends = 0;
    this.#resend(opening, nowMs);
  }

  #resend(opening: Opening, nowMs: number): void {
    const waitMs = HANDSHAKE_RETRY_FIRST_MS * 2 ** opening.sends;
    opening.sends += 1;
    opening.nextSendMs = nowMs + Math.min(HANDSHAKE_RETRY_MAX_MS, waitMs);
    this.#kit.context.wake(opening.nextSendMs);
    this.#repeat(opening, nowMs);
  }

  /** Out of turn: what is due later stays due. */
  #repeat(opening: Opening, nowMs: number): void {
    opening.sentAtMs = nowMs;
    this.#kit.send(opening.link ?? opening, opening.frame);
  }
}

function ephemeralOf(openFrame: Uint8Array): Uint8Array {
  return openFrame.subarray(OPEN_EPHEMERAL_AT, OPEN_EPHEMERAL_AT + 32);
}
