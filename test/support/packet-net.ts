import type { PeerId } from "../../src/identity/index.ts";
import type { Random } from "../../src/ports/index.ts";

/** A packet of its own under way, or one that was. */
export interface PacketUnderWay {
  readonly from: PeerId;
  readonly to: PeerId;
  readonly frame: Uint8Array;
}

/** Packets between peers: any of those under way arrives next, or is lost. */
export class PacketNet {
  /** Share of packets that are lost. */
  loss = 0;
  /** All that were ever sent. */
  readonly sent: PacketUnderWay[] = [];
  readonly #random: Random;
  readonly #waiting: PacketUnderWay[] = [];
  readonly #deliver: (to: PeerId, frame: Uint8Array) => void;

  constructor(random: Random, deliver: (to: PeerId, frame: Uint8Array) => void) {
    this.#random = random;
    this.#deliver = deliver;
  }

  get busy(): boolean {
    return this.#waiting.length > 0;
  }

  send(packet: PacketUnderWay): boolean {
    this.sent.push(packet);
    const isLost = this.#random.u32() / 2 ** 32 < this.loss;
    if (!isLost) this.#waiting.push({ ...packet, frame: Uint8Array.from(packet.frame) });
    return true;
  }

  /** One packet arrives. */
  step(): void {
    const [packet] = this.#waiting.splice(this.#random.u32() % this.#waiting.length, 1);
    if (packet !== undefined) this.#deliver(packet.to, packet.frame);
  }
}
