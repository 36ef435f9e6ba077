import {
  PACKET_GROWTH_CALM,
  PACKET_LOSS_SHARE_MAX,
  PACKET_LOSS_SHARE_MIN,
  PACKET_SENDING_MS,
  PACKETS_PER_WINDOW,
} from "./limits.ts";

/** Weight of one packet in the share of packets lost. */
const WEIGHT = 1 / 32;

/** What bounds a packet's size besides losses. */
export interface SizeBounds {
  /** What passes in one piece, in bytes: the least. */
  readonly baseBytes: number;
  /** What links take and cut into pieces, in bytes: the most. */
  readonly ceilingBytes: number;
  readonly windowBytes: number;
  readonly roundTripMs: number;
}

/**
 * How large the packets of a path are. Links cut a packet into pieces, so large ones cost less
 * everywhere but on lossy paths, where one lost piece loses them all, and on slow ones, where
 * others wait behind them. So they double while nothing is lost and halve when something is.
 */
export class PacketSize {
  #factor = 1;
  #lossShare = 0;
  #calm = 0;
  #wantedBytes = 0;

  /** Largest packet that may be put together now, in bytes. */
  bytes({ baseBytes, ceilingBytes, windowBytes, roundTripMs }: SizeBounds): number {
    const bytesPerMs = windowBytes / Math.max(0.1, roundTripMs);
    const most = Math.min(
      ceilingBytes,
      windowBytes / PACKETS_PER_WINDOW,
      bytesPerMs * PACKET_SENDING_MS,
    );
    const wanted = Math.max(baseBytes, Math.min(Math.floor(most), this.#factor * baseBytes));
    this.#wantedBytes = wanted;
    return wanted;
  }

  /** A packet of this size arrived. Small ones say nothing of what large ones would meet. */
  onAcked(sizeBytes: number): void {
    this.#lossShare -= this.#lossShare * WEIGHT;
    if (sizeBytes * 2 < this.#wantedBytes) return;
    if (++this.#calm < PACKET_GROWTH_CALM || this.#lossShare > PACKET_LOSS_SHARE_MIN) return;
    this.#calm = 0;
    this.#factor = Math.min(64, this.#factor * 2);
  }

  /** A packet was lost. */
  onLost(): void {
    this.#calm = 0;
    this.#lossShare += (1 - this.#lossShare) * WEIGHT;
    if (this.#lossShare <= PACKET_LOSS_SHARE_MAX) return;
    this.#factor = Math.max(1, this.#factor / 2);
    this.#lossShare = PACKET_LOSS_SHARE_MAX / 2;
  }

  /** So many packets held for lost have arrived after all. */
  onSpurious(count: number): void {
    this.#lossShare = Math.max(0, this.#lossShare - count * WEIGHT);
  }
}
