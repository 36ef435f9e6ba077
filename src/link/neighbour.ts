import { NO_BYTES } from "../base/bytes.ts";
import type { PeerId } from "../identity/index.ts";
import { Writer } from "../wire/index.ts";
import type { LinkContext } from "./context.ts";
import { ControlReceiver } from "./control-receiver.ts";
import { ControlSender } from "./control-sender.ts";
import type { LinkEstimator } from "./estimator.ts";
import { DATA_OVERHEAD_BYTES, SEALED_INTERNAL } from "./layout.ts";
import { ASSUMED_BITS_PER_SECOND, COST_HOLD_MS, COST_HYSTERESIS } from "./limits.ts";
import type { Link } from "./link.ts";
import { isBetter } from "./link-rank.ts";
import { SEGMENT_OVERHEAD_BYTES, type Segment, writeMessage } from "./messages.ts";
import type { NeighbourInfo } from "./types.ts";

/** A direct neighbour: up to four links, of which one is in use, and one control channel. */
export class Neighbour {
  readonly id: PeerId;
  /** Our name for this stretch of being neighbours. */
  readonly ownChannel: Uint8Array;
  /** Theirs. Another one means that they have forgotten us in between. */
  readonly theirChannel: Uint8Array;
  readonly sender: ControlSender;
  readonly receiver: ControlReceiver;
  /** The one in use first. */
  readonly links: Link[] = [];
  readonly #context: LinkContext;
  #cost = 0;
  /** Since when the cost has differed from what was told; Infinity: it does not. */
  #movedSinceMs = Number.POSITIVE_INFINITY;
  #suspect = false;

  constructor(context: LinkContext, id: PeerId, ownChannel: Uint8Array, theirChannel: Uint8Array) {
    this.#context = context;
    this.id = id;
    this.ownChannel = ownChannel;
    this.theirChannel = theirChannel;
    const tag = channelTag(ownChannel, theirChannel);
    this.sender = new ControlSender(tag, context.segmentBytes);
    this.receiver = new ControlReceiver(tag);
  }

  /** The link in use. */
  get best(): Link | undefined {
    return this.links[0];
  }

  /** The control channel passed a limit and must begin anew. */
  get broken(): boolean {
    return this.sender.broken || this.receiver.broken;
  }

  /** What routing sees. */
  info(): NeighbourInfo {
    const estimator = this.best?.estimator;
    return {
      id: this.id,
      cost: this.#cost,
      roundTripMs: estimator?.roundTripMs ?? Number.NaN,
      deliveryRatio: estimator?.deliveryRatio ?? 0,
      bitsPerSecond: this.best?.transport.bitsPerSecond ?? ASSUMED_BITS_PER_SECOND,
      frameBytes: this.best?.frameBytes ?? 0,
      suspect: this.#suspect,
      endpoints: this.links.map((link) => link.endpoint),
      heardAtMs: Math.max(...this.links.map((link) => link.liveness.heardAtMs)),
    };
  }

  /** Chooses the link to use; true where routing should hear of the outcome. */
  reconsider(nowMs: number): boolean {
    const first = this.best;
    if (first === undefined) return false;
    let chosen = first;
    for (const link of this.links) if (isBetter(link, chosen, nowMs)) chosen = link;
    if (chosen !== first) {
      this.links.splice(this.links.indexOf(chosen), 1);
      this.links.unshift(chosen);
    }
    for (const link of this.links) link.liveness.spare = link !== chosen;
    const moved = this.#costMoved(chosen.estimator, nowMs);
    const flipped = chosen.liveness.suspect !== this.#suspect;
    this.#suspect = chosen.liveness.suspect;
    return moved || flipped;
  }

  /** When a change of cost will have held for long enough. */
  costDeadlineMs(): number {
    return this.#movedSinceMs + COST_HOLD_MS;
  }

  /**
   * Whether the cost has differed noticeably for long enough. The first one counts at once, and so
   * does a lower one of a young link: its shortest round trip is still being found.
   */
  #costMoved({ cost, isYoung }: LinkEstimator, nowMs: number): boolean {
    if (Math.abs(cost - this.#cost) < COST_HYSTERESIS * this.#cost) {
      this.#movedSinceMs = Number.POSITIVE_INFINITY;
      return false;
    }
    this.#movedSinceMs = Math.min(this.#movedSinceMs, nowMs);
    const isFound = this.#cost === 0 || (isYoung && cost < this.#cost);
    if (!isFound && nowMs < this.costDeadlineMs()) return false;
    this.#cost = cost;
    this.#movedSinceMs = Number.POSITIVE_INFINITY;
    return true;
  }

  /** Sends the control segments that are due, as many per frame as fit. */
  flushControl(nowMs: number): void {
    const link = this.best;
    if (link === undefined || this.broken) return;
    const room = link.transport.frameBytesMax - DATA_OVERHEAD_BYTES;
    let writer: Writer | undefined;
    this.sender.collect(nowMs, link.estimator.retransmitMs, (segment: Segment) => {
      this.#context.stats.segmentsSent += 1;
      const bytes = SEGMENT_OVERHEAD_BYTES + segment.content.length;
      if (writer !== undefined && writer.length + bytes > room) {
        link.sendSealed(writer.done(), NO_BYTES);
        writer = undefined;
      }
      writer ??= new Writer(bytes + 1).u8(SEALED_INTERNAL);
      writeMessage(writer, segment);
    });
    if (writer !== undefined) {
      link.sendSealed((writer as Writer).done(), NO_BYTES);
      if (link.liveness.traffic(nowMs)) this.#context.wake(link.liveness.deadlineMs());
    }
    this.#context.wake(this.controlDeadlineMs());
  }

  /** When `flushControl` has something to do; now, where the channel is broken. */
  controlDeadlineMs(): number {
    if (this.broken) return Number.NEGATIVE_INFINITY;
    return this.sender.deadlineMs(this.best?.estimator.retransmitMs ?? 0);
  }
}

/** A short name of the channel that both sides compute alike. */
function channelTag(a: Uint8Array, b: Uint8Array): number {
  let tag = 0;
  for (let i = 0; i < 4; i++) tag = tag * 256 + ((a[i] ?? 0) ^ (b[i] ?? 0));
  return tag;
}
