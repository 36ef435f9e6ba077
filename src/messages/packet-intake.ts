import { TokenBucket } from "../base/token-bucket.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { Clock } from "../ports/index.ts";
import type { Desk } from "./desk.ts";
import { FIRST_PACKETS_TAKEN, PACKET_FRAME_BYTES_MAX, PACKETS_TAKEN } from "./limits.ts";
import type { Brought } from "./packet-way.ts";
import { FRAME_TYPE } from "./ratchet/layout.ts";
import type { RatchetDoor } from "./ratchet/types.ts";
import type { Tags } from "./tags.ts";

/** Whether a packet of the mesh is a frame of a letter, by its first byte: sessions have others. */
export function isLetterPacket(payload: Uint8Array): boolean {
  return ((payload[0] ?? 0) & 0xf8) === FRAME_TYPE.message;
}

/** What the intake of packets is made of. */
export interface PacketIntakeOptions {
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly ratchet: RatchetDoor;
  readonly tags: Tags;
  readonly desk: Desk;
  /** A packet opened: it is of this device. */
  readonly onHeard: (device: PeerId, brought: Brought) => void;
  /** A packet that had opened before came again. */
  readonly onHeardAgain: (device: PeerId) => void;
}

/**
 * Letters that come as packets of the mesh. They may be anybody's, so there is a bound on how many
 * are looked at, and fewer of those that may begin a channel.
 */
export class PacketIntake {
  readonly #options: PacketIntakeOptions;
  readonly #taken: TokenBucket;
  readonly #firsts: TokenBucket;

  constructor(options: PacketIntakeOptions) {
    this.#options = options;
    this.#taken = new TokenBucket(PACKETS_TAKEN, options.clock.monotonicMs());
    this.#firsts = new TokenBucket(FIRST_PACKETS_TAKEN, options.clock.monotonicMs());
  }

  /** @param frame a view that is lent for the time of the call */
  take(frame: Uint8Array): void {
    const { suite, clock, ratchet, tags, desk } = this.#options;
    if (frame.length > PACKET_FRAME_BYTES_MAX || !this.#taken.take(clock.monotonicMs())) return;
    const head = ratchet.readFrameHead(suite, frame);
    if (head === undefined || head.kind === "group") return;
    // To look whether a new channel begins with it takes some work.
    if (head.kind === "first" && !this.#firsts.take(clock.monotonicMs())) return;
    if (head.kind === "message" && tags.expecting(head.tag).length === 0) return;
    const isFirst = head.kind === "first";
    desk.takeFrame(Uint8Array.from(frame), undefined, (error, intaken) => {
      // What could not be kept comes again.
      if (error !== null || intaken === undefined) return;
      const { outcome, device, repeatedBy, isLetter } = intaken;
      if (outcome === "told" && device !== undefined) {
        const brought = isFirst ? "first" : isLetter ? "letter" : "acknowledgement";
        this.#options.onHeard(device, brought);
      }
      if (repeatedBy !== undefined) this.#options.onHeardAgain(repeatedBy);
    });
  }
}
