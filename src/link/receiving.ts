import { NO_BYTES } from "../base/bytes.ts";
import { TokenBucket } from "../base/token-bucket.ts";
import type { Endpoint, Transport } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import type { LinkContext, Way } from "./context.ts";
import type { PieceRow } from "./early-pieces.ts";
import { decodeFragmentHead, type WholePacket } from "./fragments.ts";
import type { Opening } from "./half-open.ts";
import type { Handshakes } from "./handshakes.ts";
import {
  FRAME_UNKNOWN,
  PIECE_HEAD_BYTES,
  SEALED_FRAGMENT,
  SEALED_INTERNAL,
  SEALED_PACKET,
  SEALED_TRAIN,
  UNKNOWN_BYTES,
} from "./layout.ts";
import { HINTS_PER_SECOND, PACKET_HEADER_BYTES_MAX, PROBES_ANSWERED_MAX } from "./limits.ts";
import type { Link } from "./link.ts";
import { type InternalMessage, readMessages } from "./messages.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import type { RunRest } from "./run-receiving.ts";
import { ShortFrames } from "./short-frames.ts";
import { decodeTrainHead } from "./trains.ts";

/** Takes sealed frames apart and brings what is in them to where it belongs. */
export class Receiving {
  readonly #context: LinkContext;
  readonly #neighbourhood: Neighbourhood;
  readonly #handshakes: Handshakes;
  readonly #hints: TokenBucket;
  readonly #welcomed: (opening: Opening, theirChannel: Uint8Array) => void;

  /** @param welcomed told when a handshake of ours was welcomed by the other side */
  constructor(
    context: LinkContext,
    neighbourhood: Neighbourhood,
    handshakes: Handshakes,
    welcomed: (opening: Opening, theirChannel: Uint8Array) => void,
  ) {
    this.#context = context;
    this.#neighbourhood = neighbourhood;
    this.#handshakes = handshakes;
    this.#welcomed = welcomed;
    const nowMs = context.clock.monotonicMs();
    this.#hints = new TokenBucket({ perSecond: HINTS_PER_SECOND, burst: HINTS_PER_SECOND }, nowMs);
  }

  /**
   * A sealed frame. What is wrong with it is counted, and nothing changes.
   * @param rest what follows it, where the system had put frames together
   */
  onData(way: Way, frame: Uint8Array, rest?: RunRest): void {
    const { codec, stats } = this.#context;
    if (!codec.parse(frame)) {
      stats.droppedMalformed += 1;
      return;
    }
    const link = this.#neighbourhood.linkByIndex(codec.index);
    const opening = link ? undefined : this.#handshakes.waitingForWelcome(codec.index);
    const target = link ?? opening?.link;
    if (target === undefined) {
      this.#unknown(way, codec.index);
      return;
    }
    const { counter } = codec;
    const { highest } = target.replay;
    const isReused = rest !== undefined || way.transport.reusesFrames === true;
    const lent = this.#openSeal(target, way, frame, isReused);
    if (lent === undefined) return;
    const unkept = target.unkeptBefore(lent);
    const isPacket = lent[0] === SEALED_PACKET || lent[0] === SEALED_TRAIN;
    const sealed = isPacket ? lent : lent.slice();
    if (opening !== undefined) {
      this.#onProvisional(opening, sealed);
      return;
    }
    const newest = counter === target.replay.highest;
    const nowMs = this.#context.clock.monotonicMs();
    target.repair?.numbered(counter, highest, unkept, nowMs);
    const from = newest ? way.endpoint : target.endpoint;
    // What only shows the end of a burst follows each packet, and would hide the pace at which those come.
    const isPaced = isPacket || sealed.length > 1;
    this.#neighbourhood.heard(target, from, frame.length, nowMs, isPaced);
    try {
      const payload = codec.payload(frame, isReused);
      if (sealed[0] === SEALED_PACKET) this.#onPacket(target, codec.afterKind(sealed), payload);
      else if (sealed[0] === SEALED_TRAIN) this.#onTrain(target, sealed, payload, nowMs, rest);
      else this.#dispatch(target, way.endpoint, sealed, payload, nowMs);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      stats.droppedMalformed += 1;
    }
    if (!target.closed) target.repair?.settle(nowMs);
  }

  /** A sealed frame of a slow line: the endpoint says which link, or that and the one before it. */
  onShort(way: Way, frame: Uint8Array): void {
    const { stats } = this.#context;
    const newest = this.#neighbourhood.linkAt(way.endpoint);
    const links = this.#neighbourhood.get(newest?.peer ?? "")?.links ?? [];
    for (const link of links) {
      if (link.short === undefined || isElsewhere(link, way)) continue;
      const counter = ShortFrames.counterOf(frame, link.replay.highest);
      const sealed = link.replay.isFresh(counter) ? link.short.open(frame, counter) : undefined;
      if (sealed === undefined) continue;
      link.replay.accept(counter);
      this.#onShortOf(link, way, frame.length, sealed);
      return;
    }
    if (newest?.short === undefined) stats.droppedUnknown += 1;
    else stats.droppedForged += 1;
  }

  #onShortOf(link: Link, way: Way, bytes: number, sealed: Uint8Array): void {
    const nowMs = this.#context.clock.monotonicMs();
    this.#neighbourhood.heard(link, way.endpoint, bytes, nowMs);
    try {
      const packet = link.short?.packetIn(sealed);
      if (packet === undefined) this.#dispatch(link, way.endpoint, sealed, NO_BYTES, nowMs);
      else this.#onPacket(link, packet.header, packet.payload);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#context.stats.droppedMalformed += 1;
    }
  }

  /** A further piece of a train. It proves nothing; without the head that names it, it is nothing. */
  onPiece(way: Way, frame: Uint8Array): void {
    if (frame.length <= PIECE_HEAD_BYTES) {
      this.#context.stats.droppedMalformed += 1;
      return;
    }
    const view = new DataView(frame.buffer, frame.byteOffset, PIECE_HEAD_BYTES);
    const token = view.getUint16(5) * 0x1_0000_0000 + view.getUint32(7);
    const bytes = frame.subarray(PIECE_HEAD_BYTES);
    const row = { token, index: view.getUint16(11), count: 1, pieceBytes: bytes.length, bytes };
    this.onPieces(way, view.getUint32(1), row);
  }

  /** Several of them that follow each other. */
  onPieces(way: Way, linkIndex: number, row: PieceRow): void {
    const link = this.#neighbourhood.linkByIndex(linkIndex);
    if (link === undefined || isElsewhere(link, way)) {
      this.#context.stats.droppedUnknown += row.count;
      return;
    }
    const nowMs = this.#context.clock.monotonicMs();
    this.#onTrainOf(link, link.trains.takeRow(row, nowMs), nowMs);
    if (!link.closed) link.repair?.settle(nowMs);
  }

  /** Packets that have waited for earlier ones long enough. */
  tick(nowMs: number): void {
    for (const neighbour of this.#neighbourhood.values()) {
      for (const link of neighbour.links) {
        if (link.trains.hasHeld) this.#onTrainOf(link, link.trains.next(nowMs), nowMs);
      }
    }
  }

  #onTrainOf(link: Link, first: WholePacket | undefined, nowMs: number): void {
    let whole = first;
    while (whole !== undefined && !link.closed) {
      this.#onPacket(link, whole.header, whole.payload);
      whole = link.trains.next(nowMs);
    }
    if (link.trains.isWaiting) this.#context.wake(link.trains.deadlineMs());
  }

  /** "Nobody here has this index": the neighbour may have restarted, so shake hands anew. */
  onUnknown(way: Way, frame: Uint8Array): void {
    const link = this.#neighbourhood.linkAt(way.endpoint);
    if (frame.length !== UNKNOWN_BYTES || link === undefined) return;
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    if (view.getUint32(1) !== link.remoteIndex) return;
    this.#neighbourhood.renew(link, this.#context.clock.monotonicMs());
  }

  /** The sealed part, after every check; undefined where one failed. */
  #openSeal(link: Link, way: Way, frame: Uint8Array, isReused: boolean): Uint8Array | undefined {
    const { codec, stats } = this.#context;
    if (isElsewhere(link, way)) {
      stats.droppedUnknown += 1;
      return undefined;
    }
    if (!link.replay.isFresh(codec.counter)) {
      stats.droppedReplayed += 1;
      return undefined;
    }
    const sealed = codec.open(link.keys.receive, frame, isReused);
    if (sealed === undefined) stats.droppedForged += 1;
    else link.replay.accept(codec.counter);
    return sealed;
  }

  #onProvisional(opening: Opening, sealed: Uint8Array): void {
    if (sealed[0] !== SEALED_INTERNAL) return;
    let messages: InternalMessage[];
    try {
      messages = readMessages(sealed.subarray(1));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return;
    }
    const welcome = messages.find((message) => message.type === "welcome");
    if (welcome?.type !== "welcome" || opening.link === undefined) return;
    this.#welcomed(opening, welcome.channel.slice());
    const { link } = opening;
    if (this.#neighbourhood.linkByIndex(link.localIndex) !== link) return;
    this.#onMessages(link, link.endpoint, messages, this.#context.clock.monotonicMs());
  }

  #dispatch(
    link: Link,
    from: Endpoint,
    sealed: Uint8Array,
    payload: Uint8Array,
    nowMs: number,
  ): void {
    switch (sealed[0]) {
      case SEALED_PACKET:
        this.#onPacket(link, sealed.subarray(1), payload);
        return;
      case SEALED_FRAGMENT: {
        const head = decodeFragmentHead(sealed.subarray(1), payload.length);
        const whole = link.reassembler.take(head, payload, nowMs);
        if (whole !== undefined) this.#onPacket(link, whole.header, whole.payload);
        else this.#context.wake(link.reassembler.deadlineMs());
        return;
      }
      case SEALED_INTERNAL:
        this.#onMessages(link, from, readMessages(sealed.subarray(1)), nowMs);
        return;
      default:
        throw new WireError("malformed", "A sealed part of unknown kind.");
    }
  }

  #onTrain(
    link: Link,
    sealed: Uint8Array,
    first: Uint8Array,
    nowMs: number,
    rest: RunRest | undefined,
  ): void {
    const head = decodeTrainHead(this.#context.codec.afterKind(sealed), first.length);
    const { trains } = link;
    link.repair?.announced(head.count - 1, nowMs);
    const whole = trains.isHolding
      ? undefined
      : rest?.takeTrain(head, link.localIndex, first.length);
    if (whole !== undefined) trains.settled(head.token);
    this.#onTrainOf(link, whole ?? trains.begin(head, first, nowMs), nowMs);
  }

  #onPacket(link: Link, header: Uint8Array, payload: Uint8Array): void {
    if (header.length > PACKET_HEADER_BYTES_MAX) {
      throw new WireError("too-large", "A packet with too long a header.");
    }
    link.repair?.served();
    this.#context.stats.packetsReceived += 1;
    this.#context.events.onPacket(link.peer, header, payload);
  }

  #onMessages(
    link: Link,
    from: Endpoint,
    messages: readonly InternalMessage[],
    nowMs: number,
  ): void {
    const neighbour = this.#neighbourhood.get(link.peer);
    if (neighbour === undefined) return;
    const replies: InternalMessage[] = [];
    let acknowledge = false;
    for (const message of messages) {
      if (link.closed) return;
      switch (message.type) {
        case "probe":
          replies.push({ type: "echo", id: message.id });
          if (replies.length > PROBES_ANSWERED_MAX) replies.shift();
          link.liveness.served(nowMs);
          break;
        case "echo":
          this.#neighbourhood.echoed(link, message.id, from, nowMs);
          break;
        case "ack":
          neighbour.sender.acknowledged(message, nowMs, link.estimator.knownRoundTripMs);
          neighbour.flushControl(nowMs);
          break;
        case "segment":
          if (neighbour.receiver.take(message, (whole) => this.#onControl(link, whole))) {
            acknowledge = true;
          }
          break;
        case "goodbye":
          this.#onGoodbye(link, message.reason);
          return;
        case "repeat":
          link.repair?.repeater.onRepeat(message, nowMs);
          break;
        case "repeating":
          link.repair?.onRepeating(message, nowMs);
          break;
        case "gone":
          link.repair?.onGone(message);
          break;
        case "welcome":
          break;
      }
    }
    if (link.closed) return;
    if (neighbour.receiver.broken) this.#context.wake(nowMs);
    if (replies.length > 0 && !link.echoes.take(nowMs)) {
      this.#context.stats.echoesRefused += replies.splice(0).length;
    }
    if (acknowledge) replies.push(neighbour.receiver.ack());
    this.#reply(link, replies, nowMs);
  }

  #reply(link: Link, replies: InternalMessage[], nowMs: number): void {
    if (replies.length === 0) return;
    if (replies[0]?.type === "echo" && link.liveness.probeSoonDue()) {
      replies.push(link.probe());
      link.liveness.probed(nowMs);
      this.#context.wake(link.liveness.deadlineMs());
    }
    link.sendMessages(...replies);
  }

  #onControl(link: Link, message: Uint8Array): void {
    if (link.closed) return;
    this.#context.stats.controlReceived += 1;
    this.#context.events.onControl(link.peer, message);
  }

  #onGoodbye(link: Link, reason: "stopping" | "reset" | "link"): void {
    const neighbour = this.#neighbourhood.get(link.peer);
    if (reason === "link") this.#neighbourhood.removeLink(link, "closed by the neighbour");
    else if (neighbour !== undefined) {
      const said = reason === "stopping" ? "said goodbye" : "asked to begin anew";
      this.#neighbourhood.drop(neighbour, said);
    }
  }

  #unknown(
    { transport, endpoint }: { transport: Transport; endpoint: Endpoint },
    index: number,
  ): void {
    this.#context.stats.droppedUnknown += 1;
    if (!this.#hints.take(this.#context.clock.monotonicMs())) return;
    const hint = new Uint8Array(UNKNOWN_BYTES);
    hint[0] = FRAME_UNKNOWN;
    new DataView(hint.buffer).setUint32(1, index);
    transport.send(endpoint, hint);
  }
}

/** Whether a frame came by another transport, or by another connection than the link's own. */
function isElsewhere(link: Link, way: Way): boolean {
  if (way.transport !== link.transport) return true;
  return link.transport.reliable && way.endpoint !== link.endpoint;
}
