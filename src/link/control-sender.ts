import {
  CONTROL_ATTEMPTS_MAX,
  CONTROL_MESSAGE_BYTES_MAX,
  CONTROL_QUEUE_BYTES_MAX,
  CONTROL_QUEUE_MESSAGES_MAX,
  CONTROL_SEQ_MAX,
  CONTROL_WINDOW_SEGMENTS_FIRST,
  CONTROL_WINDOW_SEGMENTS_MAX,
} from "./limits.ts";
import type { Ack, Segment } from "./messages.ts";

/** Longest wait before a segment is sent again. */
const RETRANSMIT_MAX_MS = 2_000;
/** A segment counts as lost when one this much later has arrived (RFC 9002 section 6.1.1). */
const REORDER_SEGMENTS = 3;

interface Waiting {
  readonly seq: number;
  readonly more: boolean;
  readonly content: Uint8Array;
  attempts: number;
  sentAtMs: number;
  arrived: boolean;
}

/**
 * The sending half of a control channel: cuts messages into segments and repeats them until
 * they are acknowledged. Window: slow start by acknowledged segments, halved on a timeout.
 */
export class ControlSender {
  readonly #tag: number;
  readonly #segmentBytes: number;
  readonly #waiting: Waiting[] = [];
  #nextSeq: number;
  #queuedBytes = 0;
  #queuedMessages = 0;
  #window: number = CONTROL_WINDOW_SEGMENTS_FIRST;
  #broken = false;

  /**
   * @param tag names the channel, so that segments of an earlier one are not taken for its own
   * @param segmentBytes content of one segment
   * @param firstSeq 0 except in tests
   */
  constructor(tag: number, segmentBytes: number, firstSeq = 0) {
    this.#tag = tag;
    this.#segmentBytes = segmentBytes;
    this.#nextSeq = firstSeq;
  }

  /** The channel cannot go on: a limit was passed. The neighbour must be reset. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Bytes not acknowledged yet. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Queues a message (copied). False: it does not fit; the channel is then broken. */
  push(message: Uint8Array): boolean {
    const segments = Math.max(1, Math.ceil(message.length / this.#segmentBytes));
    const full =
      this.#queuedMessages >= CONTROL_QUEUE_MESSAGES_MAX ||
      this.#queuedBytes + message.length > CONTROL_QUEUE_BYTES_MAX ||
      this.#nextSeq + segments > CONTROL_SEQ_MAX;
    if (message.length > CONTROL_MESSAGE_BYTES_MAX) return false;
    if (full || this.#broken) {
      this.#broken = true;
      return false;
    }
    const copy = message.slice();
    for (let i = 0; i < segments; i++) {
      const content = copy.subarray(i * this.#segmentBytes, (i + 1) * this.#segmentBytes);
      const more = i < segments - 1;
      const seq = this.#nextSeq++;
      this.#waiting.push({ seq, more, content, attempts: 0, sentAtMs: 0, arrived: false });
    }
    this.#queuedMessages += 1;
    this.#queuedBytes += message.length;
    return true;
  }

  /** Hands every segment that should leave now to `emit`. */
  collect(nowMs: number, retransmitMs: number, emit: (segment: Segment) => void): void {
    let timedOut = false;
    const inFlight = Math.min(this.#window, this.#waiting.length);
    for (let i = 0; i < inFlight; i++) {
      const segment = this.#waiting[i];
      if (segment === undefined || segment.arrived) continue;
      if (segment.attempts > 0 && nowMs < dueAtMs(segment, retransmitMs)) continue;
      if (segment.attempts > 0) timedOut = true;
      if (segment.attempts >= CONTROL_ATTEMPTS_MAX) this.#broken = true;
      segment.attempts += 1;
      segment.sentAtMs = nowMs;
      const { seq, more, content } = segment;
      emit({ type: "segment", tag: this.#tag, seq, more, content });
    }
    if (timedOut) {
      this.#window = Math.max(CONTROL_WINDOW_SEGMENTS_FIRST, this.#window >> 1);
    }
  }

  /** When `collect` has something to do; Infinity while nothing waits. */
  deadlineMs(retransmitMs: number): number {
    let first = Number.POSITIVE_INFINITY;
    const inFlight = Math.min(this.#window, this.#waiting.length);
    for (let i = 0; i < inFlight; i++) {
      const segment = this.#waiting[i];
      if (segment === undefined || segment.arrived) continue;
      if (segment.attempts === 0) return Number.NEGATIVE_INFINITY;
      first = Math.min(first, dueAtMs(segment, retransmitMs));
    }
    return first;
  }

  /** Takes an acknowledgement; wrong ones change nothing. */
  acknowledged(ack: Ack, nowMs: number, roundTripMs: number): void {
    if (ack.tag !== this.#tag || ack.next > this.#nextSeq) return;
    let gone = 0;
    for (const segment of this.#waiting) {
      if (segment.seq >= ack.next) break;
      gone += 1;
      this.#queuedBytes -= segment.content.length;
      if (!segment.more) this.#queuedMessages -= 1;
    }
    this.#waiting.splice(0, gone);
    this.#window = Math.min(CONTROL_WINDOW_SEGMENTS_MAX, this.#window + gone);
    if (ack.bitmap !== 0) this.#markArrived(ack, nowMs, roundTripMs);
  }

  #markArrived(ack: Ack, nowMs: number, roundTripMs: number): void {
    let highest = -1;
    const base = this.#waiting[0]?.seq ?? 0;
    for (let bit = 0; bit < 32; bit++) {
      if ((ack.bitmap & (1 << bit)) === 0) continue;
      const segment = this.#waiting[ack.next + 1 + bit - base];
      if (segment === undefined || segment.attempts === 0) continue;
      segment.arrived = true;
      highest = segment.seq;
    }
    for (const segment of this.#waiting) {
      if (segment.seq + REORDER_SEGMENTS > highest) return;
      const recent = nowMs - segment.sentAtMs < roundTripMs;
      if (!segment.arrived && segment.attempts === 1 && !recent) {
        segment.sentAtMs = Number.NEGATIVE_INFINITY;
      }
    }
  }
}

function dueAtMs(segment: Waiting, retransmitMs: number): number {
  const backOff = 2 ** Math.min(segment.attempts - 1, 6);
  return segment.sentAtMs + Math.min(RETRANSMIT_MAX_MS, retransmitMs * backOff);
}
