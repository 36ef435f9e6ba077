import { BURST_BYTES_MAX, BURST_PACKETS_MAX } from "./limits.ts";
import { Pacer } from "./pacer.ts";
import type { SessionPath } from "./paths/session-path.ts";
import type { Recovery } from "./recovery.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** Says when data may go: window, pace and packet size of the path in use. */
export class SendGate {
  readonly #recovery: Recovery;
  readonly #pacer: Pacer;
  /** When sending may go on after a burst or a pause of the pacer. */
  resumeMs: number = NEVER;
  #packetBytes: number;

  constructor(recovery: Recovery, packetBytes: number, nowMs: number) {
    this.#recovery = recovery;
    this.#packetBytes = packetBytes;
    this.#pacer = new Pacer(nowMs);
  }

  /** Largest packet of the path in use, in bytes. */
  get packetBytes(): number {
    return this.#packetBytes;
  }

  /** Size that data packets of the path have grown to, in bytes; links cut them into pieces. */
  grownBytes(ceilingBytes: number): number {
    const { congestion, packetSize, roundTrip } = this.#recovery.control;
    return packetSize.bytes({
      ...{ baseBytes: this.#packetBytes, ceilingBytes },
      ...{ windowBytes: congestion.windowBytes, roundTripMs: roundTrip.smoothedMs },
    });
  }

  /** Packets that may go at once before others have their turn. */
  burstPackets(ceilingBytes: number): number {
    const byBytes = Math.ceil(BURST_BYTES_MAX / this.grownBytes(ceilingBytes));
    return Math.min(BURST_PACKETS_MAX, byBytes);
  }

  /** Takes the pace from window and round trip of the path in use. */
  setPace(nowMs: number): void {
    const { congestion, roundTrip } = this.#recovery.control;
    const { windowBytes, inSlowStart } = congestion;
    this.#pacer.setPace(windowBytes, roundTrip.smoothedMs, inSlowStart, nowMs);
  }

  /** Whether a packet of data may go; notes when it may where not. */
  maySend(nowMs: number): boolean {
    const { inFlightBytes, control } = this.#recovery;
    const fits = inFlightBytes + this.#packetBytes <= control.congestion.windowBytes;
    if (!fits && inFlightBytes > 0) return false;
    const readyMs = this.#pacer.readyMs(nowMs);
    if (readyMs > nowMs) this.resumeMs = readyMs;
    return readyMs <= nowMs;
  }

  /** A packet that counts has gone. */
  onSent(sizeBytes: number): void {
    this.#pacer.onSent(sizeBytes);
  }

  /** The path takes packets of another size. */
  setPacketBytes(packetBytes: number, path: SessionPath): void {
    if (packetBytes === this.#packetBytes) return;
    this.#packetBytes = packetBytes;
    path.control.congestion.setPacketBytes(packetBytes);
  }
}
