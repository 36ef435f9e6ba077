import type { PacketBuffer } from "../packet-buffer.ts";
import type { SentFrame } from "../sent-packets.ts";
import { OUTBOX_ATTEMPTS, OUTBOX_MAX } from "./limits.ts";

/** An internal frame on its way, whole. */
export interface InternalFrame {
  readonly bytes: Uint8Array;
  attempts: number;
}

/** Internal frames that are sent again when they are lost, a few times. */
export class Outbox {
  #waiting: InternalFrame[] = [];

  /** Frames that wait. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Takes a frame in; false where too many wait. */
  push(bytes: Uint8Array): boolean {
    if (this.#waiting.length >= OUTBOX_MAX) return false;
    this.#waiting.push({ bytes, attempts: 0 });
    return true;
  }

  /** Writes what fits. */
  write(buffer: PacketBuffer, frames: SentFrame[]): void {
    for (;;) {
      const [frame] = this.#waiting;
      if (frame === undefined || frame.bytes.length > buffer.room) return;
      this.#waiting.shift();
      frame.attempts++;
      buffer.bytes(frame.bytes);
      frames.push({ kind: "internal", frame });
    }
  }

  /** A frame that was sent is lost. @returns whether it waits again */
  onLost(frame: InternalFrame): boolean {
    if (frame.attempts >= OUTBOX_ATTEMPTS || this.#waiting.length >= OUTBOX_MAX) return false;
    this.#waiting.push(frame);
    return true;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
  }
}
