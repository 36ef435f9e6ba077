/** Packets of the first window, as long as it stays below `INITIAL_WINDOW_BYTES_MAX`. */
const INITIAL_WINDOW_PACKETS = 32;
const INITIAL_WINDOW_BYTES_MAX = 256 << 10;
/** Windows never grow beyond this; flow control binds long before. */
const WINDOW_BYTES_MAX = 64 << 20;
const MINIMUM_WINDOW_PACKETS = 2;
/** Packets in flight up to which a window that is larger by far is not the reason for a loss, … */
const UNUSED_WINDOW_PACKETS = 4;
/** … and their bytes. */
const UNUSED_WINDOW_BYTES = 16 << 10;

/**
 * NewReno (RFC 9002 section 7 and appendix B), held back where a queue builds up on the way.
 * Sizes in bytes, times in milliseconds.
 */
export class Congestion {
  #packetBytes: number;
  #windowBytes: number;
  #thresholdBytes: number = Number.POSITIVE_INFINITY;
  #recoveryStartMs: number = Number.NEGATIVE_INFINITY;
  /** What the newest reduction took, to be given back where it proves to be a mistake. */
  #before: { readonly windowBytes: number; readonly thresholdBytes: number } | undefined;
  #lostSince = 0;

  /** @param packetBytes the current largest packet */
  constructor(packetBytes: number) {
    this.#packetBytes = packetBytes;
    this.#windowBytes = this.#initialBytes();
  }

  /** Bytes that may be in flight. */
  get windowBytes(): number {
    return this.#windowBytes;
  }

  /** Whether the window still doubles every round trip. */
  get inSlowStart(): boolean {
    return this.#windowBytes < this.#thresholdBytes;
  }

  /** The largest packet changed, for instance with the path. */
  setPacketBytes(packetBytes: number): void {
    this.#packetBytes = packetBytes;
    this.#windowBytes = Math.max(this.#windowBytes, MINIMUM_WINDOW_PACKETS * packetBytes);
  }

  /**
   * A packet arrived.
   * @param inFlightBytes before it arrived: a window that was not used does not grow
   */
  onAcked(sizeBytes: number, sentMs: number, inFlightBytes: number): void {
    if (sentMs <= this.#recoveryStartMs || inFlightBytes * 2 < this.#windowBytes) return;
    const gained = this.inSlowStart
      ? sizeBytes
      : (this.#packetBytes * sizeBytes) / this.#windowBytes;
    this.#windowBytes = Math.min(WINDOW_BYTES_MAX, this.#windowBytes + gained);
  }

  /**
   * `count` packets were lost, the newest sent at `sentMs`: one reduction per round trip. None where
   * hardly anything was sent: otherwise a line that loses a packet now and then takes the first window
   * from whoever is quiet, and what he sends next begins with next to none (RFC 7661, section 1).
   * @param inFlightBytes at most, in the time in which what is lost was sent
   */
  onLost(count: number, sentMs: number, nowMs: number, inFlightBytes: number): void {
    this.#lostSince += count;
    if (sentMs <= this.#recoveryStartMs || this.#isUnused(inFlightBytes)) return;
    this.#before = { windowBytes: this.#windowBytes, thresholdBytes: this.#thresholdBytes };
    this.#lostSince = count;
    this.#recoveryStartMs = nowMs;
    this.#thresholdBytes = Math.max(this.#windowBytes / 2, this.#minimumBytes());
    this.#windowBytes = this.#thresholdBytes;
  }

  /**
   * Packets wait in a queue on the way: the window becomes `factor` of what was in flight. Never
   * less than the first window, so that flows which know no such manners do not push this one out.
   */
  onQueue(factor: number, inFlightBytes: number): void {
    const wanted = Math.max(this.#initialBytes(), factor * inFlightBytes);
    if (wanted >= this.#windowBytes) return;
    this.#windowBytes = wanted;
    this.#thresholdBytes = wanted;
    this.#before = undefined;
  }

  /** `count` packets held for lost have arrived; once all have, the reduction is undone. */
  onSpurious(count: number): void {
    this.#lostSince -= count;
    if (this.#lostSince > 0 || this.#before === undefined) return;
    this.#windowBytes = Math.max(this.#windowBytes, this.#before.windowBytes);
    this.#thresholdBytes = this.#before.thresholdBytes;
    this.#before = undefined;
  }

  /** Nothing came through for long (RFC 9002 section 7.6): begin again from the smallest window. */
  onPersistent(): void {
    this.#windowBytes = this.#minimumBytes();
    this.#recoveryStartMs = Number.NEGATIVE_INFINITY;
    this.#before = undefined;
  }

  #isUnused(inFlightBytes: number): boolean {
    const fewBytes = Math.min(UNUSED_WINDOW_BYTES, UNUSED_WINDOW_PACKETS * this.#packetBytes);
    return inFlightBytes <= fewBytes && inFlightBytes * 2 < this.#windowBytes;
  }

  #initialBytes(): number {
    const wanted = INITIAL_WINDOW_PACKETS * this.#packetBytes;
    return Math.max(this.#minimumBytes(), Math.min(wanted, INITIAL_WINDOW_BYTES_MAX));
  }

  #minimumBytes(): number {
    return MINIMUM_WINDOW_PACKETS * this.#packetBytes;
  }
}
