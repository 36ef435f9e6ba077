import type { PeerId } from "../identity/index.ts";
import type { Endpoint } from "../ports/index.ts";
import { Answerings } from "./answerings.ts";
import type { LinkContext, Way } from "./context.ts";
import type { Opening } from "./half-open.ts";
import { type HandshakeHooks, HandshakeKit } from "./handshake-kit.ts";
import { CHANNEL_BYTES } from "./hello.ts";
import { ANSWER_BYTES, FINISH_BYTES, LINK_VERSION, OPEN_BYTES } from "./layout.ts";
import { Openings } from "./openings.ts";

/**
 * Noise XX in three messages and a sealed welcome. Half-open handshakes are bounded, and a
 * message that is refused changes nothing.
 */
export class Handshakes {
  readonly #context: LinkContext;
  readonly #hooks: HandshakeHooks;
  readonly #openings: Openings;
  readonly #answerings: Answerings;

  constructor(context: LinkContext, hooks: HandshakeHooks) {
    const kit = new HandshakeKit(context);
    const freeIndex = (): number => this.#freeIndex();
    const channelFor = (peer: PeerId): Uint8Array => this.#channelFor(peer);
    this.#context = context;
    this.#hooks = hooks;
    this.#openings = new Openings(kit, {
      freeIndex,
      channelFor,
      onFailed: (way) => hooks.onFailed(way),
    });
    this.#answerings = new Answerings(kit, {
      freeIndex,
      channelFor,
      onAnswered: (link, own, theirs) => hooks.onAnswered(link, own, theirs),
    });
  }

  /** Handshakes begun by this peer and by others. */
  get halfOpen(): number {
    return this.#openings.size + this.#answerings.size;
  }

  /** Handshakes begun by this peer. */
  get begunCount(): number {
    return this.#openings.size;
  }

  /** Whether a handshake of ours is under way with this endpoint. */
  isOpening(endpoint: Endpoint): boolean {
    return this.#openings.at(endpoint) !== undefined;
  }

  /** Begins a handshake, if given with this peer only. False: one is under way there, or too many elsewhere. */
  begin(way: Way, expected?: PeerId): boolean {
    return this.#openings.begin(way, expected);
  }

  /** The local networks have changed: what was sent may not have left. */
  repeatAll(nowMs: number): void {
    this.#openings.repeatAll(nowMs);
  }

  /** The handshake of ours that waits for a welcome under this index. */
  waitingForWelcome(index: number): Opening | undefined {
    const opening = this.#openings.get(index);
    return opening?.link === undefined ? undefined : opening;
  }

  /** Forgets a handshake of ours: it is done. */
  finish(opening: Opening): void {
    this.#openings.remove(opening);
  }

  /** Forgets handshakes with a peer whose channel has ended, so that none revives it. */
  abortPeer(peer: PeerId): void {
    let opening = this.#openings.withPeer(peer);
    while (opening !== undefined) {
      this.#openings.fail(opening);
      opening = this.#openings.withPeer(peer);
    }
  }

  /** A link stands at this endpoint: what we began there and nobody answered is not needed. */
  settle(endpoint: Endpoint): void {
    const opening = this.#openings.at(endpoint);
    if (opening !== undefined && opening.link === undefined) this.#openings.remove(opening);
  }

  /** Forgets handshakes on a connection that has closed. */
  abortEndpoint(endpoint: Endpoint): void {
    const opening = this.#openings.at(endpoint);
    if (opening !== undefined) this.#openings.remove(opening);
    this.#answerings.abort(endpoint);
  }

  /** Forgets everything. */
  clear(): void {
    this.#openings.clear();
    this.#answerings.clear();
  }

  /** Somebody's message 1. */
  onOpen(way: Way, frame: Uint8Array): void {
    if (frame[1] !== LINK_VERSION || this.#isMalformed(frame, OPEN_BYTES)) return;
    const nowMs = this.#context.clock.monotonicMs();
    if (this.#answerings.repeat(way, frame)) return;
    if (!this.#openings.yieldTo(way.endpoint, frame, nowMs)) return;
    this.#answerings.answer(way, frame, nowMs);
  }

  /** Message 2, the answer to one of ours. */
  onAnswer(way: Way, frame: Uint8Array): void {
    if (!this.#isMalformed(frame, ANSWER_BYTES)) this.#openings.onAnswer(way, frame);
  }

  /** Message 3, the end of a handshake that somebody else began. */
  onFinish(way: Way, frame: Uint8Array): void {
    if (!this.#isMalformed(frame, FINISH_BYTES)) this.#answerings.onFinish(way, frame);
  }

  /** Repeats what is due and gives up what is too old. */
  tick(nowMs: number): void {
    this.#openings.tick(nowMs);
    this.#answerings.tick(nowMs);
  }

  /** Monotonic time of the next `tick`. */
  deadlineMs(): number {
    return Math.min(this.#openings.deadlineMs(), this.#answerings.deadlineMs());
  }

  #isMalformed(frame: Uint8Array, expectedBytes: number): boolean {
    if (frame.length === expectedBytes) return false;
    this.#context.stats.droppedMalformed += 1;
    return true;
  }

  /** One channel id per peer, also across handshakes that run at the same time. */
  #channelFor(peer: PeerId): Uint8Array {
    const known = this.#hooks.channelOf(peer) ?? this.#openings.withPeer(peer)?.ownChannel;
    return known ?? this.#context.random.bytes(CHANNEL_BYTES);
  }

  #freeIndex(): number {
    for (;;) {
      const index = this.#context.random.u32();
      const half = this.#openings.get(index) !== undefined || this.#answerings.has(index);
      if (!half && !this.#hooks.indexTaken(index)) return index;
    }
  }
}
