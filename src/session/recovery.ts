import type { Congestion } from "./congestion.ts";
import { SessionError } from "./errors.ts";
import type { AckFrame } from "./frames.ts";
import { PathControl } from "./path-control.ts";
import { RangeSet } from "./range-set.ts";
import type { RoundTrip } from "./rtt.ts";
import { type SentPacket, SentPackets } from "./sent-packets.ts";

/** Packets that may overtake before one counts as lost (RFC 9002 section 6.1.1). */
const PACKET_THRESHOLD = 3;
/** How far that may grow on a path that reorders. */
const PACKET_THRESHOLD_MAX = 128;
/** Round trips that a packet may be late, at first and at most (RFC 9002 section 6.1.2). */
const TIME_THRESHOLD = 9 / 8;
const TIME_THRESHOLD_MAX = 2;
const TIME_THRESHOLD_STEP = 1 / 4;
/**
 * How much later than that packets may be where links repair what they lose: as late as those were
 * that had been held for lost, at most this or a round trip. Losses that stand make it less.
 */
const REPAIR_MAX_MS = 30;
const REPAIR_DECAY = 15 / 16;
/** Round trips for which the most that was in flight counts: by then what was lost is known. */
const PEAK_ROUND_TRIPS = 2;
/** Ranges of lost packets remembered, to notice those that arrive after all. */
const LOST_RANGES_MAX = 32;
/** Probe timeouts of silence that mean persistent congestion (RFC 9002 section 7.6.1). */
const PERSISTENT_FACTOR = 3;
/** Packets sent per probe timeout. */
const PROBES_PER_TIMEOUT = 2;
/** Longest pause between probes by time since the first: short, so that a path that comes back is noticed. */
const PROBE_PAUSES: readonly (readonly [sinceMs: number, pauseMs: number])[] = [
  [5_000, 500],
  [30_000, 2_000],
  [Number.POSITIVE_INFINITY, 5_000],
];

/** The same once the other side is heard again: the way back is there, and so probably the way there. */
const HEARD_PAUSE_MS = 100;

/** Who is told about the fate of packets. */
export interface RecoveryEvents {
  onAcked(packet: SentPacket): void;
  /** The packet's content should be sent again: it is lost, or a probe is due. At most once each. */
  onLost(packet: SentPacket): void;
}

/** Loss detection and probe timeouts (RFC 9002 section 6, appendix A). Times in milliseconds. */
export class Recovery {
  readonly #events: RecoveryEvents;
  readonly #sent: SentPackets = new SentPackets();
  #inFlightBytes = 0;
  /** The most that was in flight lately, and when. */
  #peakBytes = 0;
  #peakMs: number = Number.NEGATIVE_INFINITY;
  #largestAcked = -1;
  #newestAckedSentMs: number = Number.NEGATIVE_INFINITY;
  #lastSentMs = 0;
  #lossTimeMs: number = Number.POSITIVE_INFINITY;
  #probeCount = 0;
  #probesDue = 0;
  /** Whether something came from the other side since the last probe timeout. */
  #isHeard = false;
  #firstProbeMs: number = Number.POSITIVE_INFINITY;
  #lostCount = 0;
  readonly #lost: RangeSet = new RangeSet();
  #packetThreshold = PACKET_THRESHOLD;
  #timeThreshold = TIME_THRESHOLD;
  #repairMs = 0;
  #lostAtMs = Number.NEGATIVE_INFINITY;
  #control: PathControl;

  /** @param congestion the window of the path that is used first */
  constructor(congestion: Congestion, events: RecoveryEvents) {
    this.#control = new PathControl(congestion);
    this.#events = events;
  }

  /** Window and round trip of the path in use. */
  get control(): PathControl {
    return this.#control;
  }

  /** Round trip of the path in use. */
  get roundTrip(): RoundTrip {
    return this.#control.roundTrip;
  }

  /** Bytes sent and neither acknowledged nor lost. */
  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** Packets that must be sent now whatever the window says. */
  get probesDue(): number {
    return this.#probesDue;
  }

  /** Packets declared lost so far. */
  get lostCount(): number {
    return this.#lostCount;
  }

  /** When the oldest unanswered probe timeout fired; Infinity where nothing is unanswered. */
  get firstProbeMs(): number {
    return this.#firstProbeMs;
  }

  /** Whether a probe timeout has fired and nothing was acknowledged since. */
  get unanswered(): boolean {
    return this.#probeCount > 0;
  }

  /** Whether this packet number is on its way, its fate open. */
  isInFlight(number: number): boolean {
    return this.#sent.get(number) !== undefined;
  }

  /** A packet that asks for an acknowledgement has been sent. */
  onSent(packet: SentPacket): void {
    this.#sent.add(packet);
    this.#inFlightBytes += packet.sizeBytes;
    const isOld = packet.sentMs - this.#peakMs > PEAK_ROUND_TRIPS * this.roundTrip.smoothedMs;
    if (isOld || this.#inFlightBytes >= this.#peakBytes) {
      this.#peakBytes = this.#inFlightBytes;
      this.#peakMs = packet.sentMs;
    }
    this.#lastSentMs = packet.sentMs;
    if (this.#probesDue > 0) this.#probesDue--;
  }

  /**
   * An acknowledgement came in.
   * @param nextNumber one past the highest packet number used so far
   * @throws SessionError("protocol") where it names packets never sent
   */
  onAck(ack: AckFrame, nextNumber: number, nowMs: number): void {
    const largest = (ack.ranges[1] ?? 0) - 1;
    if (largest >= nextNumber) {
      throw new SessionError("protocol", "A packet was acknowledged that was never sent.");
    }
    const newest = this.#sent.get(largest);
    const inFlightBefore = this.#inFlightBytes;
    const earlierNewestMs = this.#newestAckedSentMs;
    if (this.#lost.size > 0) this.#forgiveSpurious(ack, largest, nowMs);
    const acked = this.#takeAcked(ack);
    const oldest = acked[0];
    if (oldest === undefined) return;
    // Probes of other paths are not kept here; that they arrived says nothing of this path.
    for (const { number } of acked) this.#largestAcked = Math.max(this.#largestAcked, number);
    if (newest !== undefined) {
      const { roundTrip, queueDelay, congestion } = this.#controlOf(newest);
      roundTrip.sample(nowMs - newest.sentMs, ack.delayMs, nowMs);
      const roundTripMs = Math.max(0, nowMs - newest.sentMs - ack.delayMs);
      const factor = queueDelay.onSample(roundTripMs, largest, nextNumber, nowMs);
      if (factor < 1) congestion.onQueue(factor, inFlightBefore);
    }
    for (const packet of acked) {
      const { congestion, packetSize } = this.#controlOf(packet);
      packetSize.onAcked(packet.sizeBytes);
      congestion.onAcked(packet.sizeBytes, packet.sentMs, inFlightBefore);
      this.#events.onAcked(packet);
    }
    this.#probeCount = 0;
    this.#probesDue = 0;
    const until = acked.reduce((ms, packet) => Math.min(ms, packet.sentMs), oldest.sentMs);
    this.#detectLost(nowMs, earlierNewestMs, until);
  }

  /** Something fresh and authentic came from the other side: it is alive. */
  heard(): void {
    this.#firstProbeMs = Number.POSITIVE_INFINITY;
    this.#isHeard = true;
  }

  /** Packets take another way from now on. */
  onWayChanged(): void {
    this.#control.queueDelay.reset();
  }

  /** From now on packets take a path of which this is known. */
  use(control: PathControl): void {
    this.#control = control;
    this.#packetThreshold = PACKET_THRESHOLD;
    this.#timeThreshold = TIME_THRESHOLD;
    this.#repairMs = 0;
  }

  /** The path has failed: whatever is on it goes again, and no window shrinks for that. */
  abandonAll(): void {
    const next = this.#sent.next;
    for (let n = this.#sent.first; n < next; n++) {
      const packet = this.#sent.get(n);
      if (packet === undefined) continue;
      this.#take(packet);
      this.#lostCount++;
      if (!packet.requeued) this.#events.onLost(packet);
    }
    this.#lossTimeMs = Number.POSITIVE_INFINITY;
  }

  #controlOf(packet: SentPacket): PathControl {
    return packet.path?.control ?? this.#control;
  }

  /** The way may be better than before: the next probe goes out at once, and others soon. */
  probeNow(nowMs: number): void {
    this.#probeCount = 0;
    this.probeElsewhere(nowMs);
  }

  /**
   * Packets go by another path because one has failed: the next probe goes out at once. The pause
   * until further ones stays, for if the other end is gone no path is better than another.
   */
  probeElsewhere(nowMs: number): void {
    if (this.#firstProbeMs === Number.POSITIVE_INFINITY) this.#firstProbeMs = nowMs;
    this.#queueProbes();
  }

  /** When `onTimer` should run. */
  deadlineMs(): number {
    if (this.#lossTimeMs !== Number.POSITIVE_INFINITY) return this.#lossTimeMs;
    if (this.#sent.count === 0) return Number.POSITIVE_INFINITY;
    return this.#lastSentMs + this.#probePauseMs();
  }

  /** Declares losses by time or asks for probes, whichever is due. */
  onTimer(nowMs: number): void {
    if (this.#lossTimeMs <= nowMs) {
      this.#detectLost(nowMs, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
      return;
    }
    if (this.#sent.count === 0 || this.deadlineMs() > nowMs) return;
    if (this.#firstProbeMs === Number.POSITIVE_INFINITY) this.#firstProbeMs = nowMs;
    this.#probeCount++;
    this.#isHeard = false;
    this.#queueProbes();
  }

  /** Asks for probes and queues the oldest content again, so that they carry something useful. */
  #queueProbes(): void {
    this.#probesDue = PROBES_PER_TIMEOUT;
    let requeued = 0;
    const next = this.#sent.next;
    for (let n = this.#sent.first; n < next && requeued < PROBES_PER_TIMEOUT; n++) {
      const packet = this.#sent.get(n);
      if (packet === undefined || packet.requeued) continue;
      packet.requeued = true;
      this.#events.onLost(packet);
      requeued++;
    }
  }

  #probePauseMs(): number {
    const base = this.roundTrip.probeTimeoutMs();
    // Asked for with each packet, where none is missing: powers would be a call of the C library.
    const backedOff = base * (1 << Math.min(this.#probeCount, 16));
    const since = this.#lastSentMs - this.#firstProbeMs;
    const pause = PROBE_PAUSES.find(([sinceMs]) => since < sinceMs)?.[1] ?? 0;
    return Math.max(base, Math.min(backedOff, this.#isHeard ? HEARD_PAUSE_MS : pause));
  }

  #takeAcked(ack: AckFrame): SentPacket[] {
    const acked: SentPacket[] = [];
    for (let i = ack.ranges.length - 2; i >= 0; i -= 2) {
      const end = Math.min(ack.ranges[i + 1] ?? 0, this.#sent.next);
      for (let n = Math.max(ack.ranges[i] ?? 0, this.#sent.first); n < end; n++) {
        const packet = this.#sent.get(n);
        if (packet === undefined) continue;
        this.#take(packet);
        this.#newestAckedSentMs = Math.max(this.#newestAckedSentMs, packet.sentMs);
        acked.push(packet);
      }
    }
    return acked;
  }

  /**
   * Packets declared lost that were only late: the path reorders, so more patience is due from
   * now on (RFC 9002 section 6.1.1 permits it; RACK, RFC 8985, does the same).
   */
  #forgiveSpurious(ack: AckFrame, largest: number, nowMs: number): void {
    for (let i = 0; i < ack.ranges.length; i += 2) {
      const start = ack.ranges[i] ?? 0;
      const end = ack.ranges[i + 1] ?? 0;
      for (let at = this.#lost.size - 1; at >= 0 && this.#lost.end(at) > start; at--) {
        const from = Math.max(start, this.#lost.start(at));
        const count = Math.min(end, this.#lost.end(at)) - from;
        if (count <= 0) continue;
        const distance = Math.min(PACKET_THRESHOLD_MAX, largest - from + 1);
        this.#packetThreshold = Math.max(this.#packetThreshold, distance);
        const longer = this.#timeThreshold + TIME_THRESHOLD_STEP;
        this.#timeThreshold = Math.min(TIME_THRESHOLD_MAX, longer);
        this.#growRepairMs(nowMs - this.#lostAtMs);
        this.#control.congestion.onSpurious(count);
        this.#control.packetSize.onSpurious(count);
      }
      this.#lost.remove(start, end);
    }
  }

  #growRepairMs(lateMs: number): void {
    const most = Math.max(REPAIR_MAX_MS, this.roundTrip.smoothedMs);
    this.#repairMs = Math.min(most, this.#repairMs + lateMs);
  }

  #take(packet: SentPacket): void {
    this.#sent.remove(packet);
    this.#inFlightBytes -= packet.sizeBytes;
  }

  /**
   * Packet and time threshold. Losses sent between `quietFromMs` and `quietUntilMs`, with nothing
   * acknowledged in between, that span long enough mean persistent congestion.
   */
  #detectLost(nowMs: number, quietFromMs: number, quietUntilMs: number): void {
    this.#lossTimeMs = Number.POSITIVE_INFINITY;
    const delay = this.roundTrip.lossDelayMs(this.#timeThreshold) + this.#repairMs;
    let lost = 0;
    let newestLostMs = Number.NEGATIVE_INFINITY;
    let quietStartMs = Number.POSITIVE_INFINITY;
    let quietEndMs = Number.NEGATIVE_INFINITY;
    const end = Math.min(this.#largestAcked, this.#sent.next);
    for (let n = this.#sent.first; n < end; n++) {
      const packet = this.#sent.get(n);
      if (packet === undefined) continue;
      const byTimeMs = packet.sentMs + delay;
      if (n > this.#largestAcked - this.#packetThreshold && byTimeMs > nowMs) {
        this.#lossTimeMs = Math.min(this.#lossTimeMs, byTimeMs);
        continue;
      }
      this.#take(packet);
      this.#lostCount++;
      lost++;
      this.#lost.add(n, n + 1);
      this.#controlOf(packet).packetSize.onLost();
      newestLostMs = packet.sentMs;
      if (packet.sentMs > Math.max(quietFromMs, this.roundTrip.firstSampleMs)) {
        quietStartMs = Math.min(quietStartMs, packet.sentMs);
        if (packet.sentMs < quietUntilMs) quietEndMs = packet.sentMs;
      }
      if (!packet.requeued) this.#events.onLost(packet);
    }
    if (lost === 0) return;
    this.#lostAtMs = nowMs;
    this.#repairMs *= REPAIR_DECAY;
    while (this.#lost.size > LOST_RANGES_MAX) this.#lost.dropFirst();
    this.#control.congestion.onLost(lost, newestLostMs, nowMs, this.#peakBytes);
    const span = quietEndMs - quietStartMs;
    if (span <= PERSISTENT_FACTOR * this.roundTrip.probeTimeoutMs()) return;
    this.#control.congestion.onPersistent();
    this.#packetThreshold = PACKET_THRESHOLD;
    this.#timeThreshold = TIME_THRESHOLD;
    this.#repairMs = 0;
  }
}
