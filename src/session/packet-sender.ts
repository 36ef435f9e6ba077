import type { PeerId } from "../identity/index.ts";
import type { PacketCipher } from "./packet-cipher.ts";
import type { Steering } from "./paths/steering.ts";
import type { Way } from "./paths/ways.ts";
import type { SessionHost } from "./session-host.ts";

/** Who is told that a key wears out. */
export interface PacketSenderEvents {
  onWorn(): void;
  /** The key must not seal anything more. */
  die(): void;
}

/** Seals what is in the shared buffer and sends it by a way. */
export class PacketSender {
  readonly #host: SessionHost;
  readonly #peer: PeerId;
  readonly #cipher: PacketCipher;
  readonly #steering: Steering;
  readonly #events: PacketSenderEvents;

  constructor(
    host: SessionHost,
    peer: PeerId,
    parts: { readonly cipher: PacketCipher; readonly steering: Steering },
    events: PacketSenderEvents,
  ) {
    this.#host = host;
    this.#peer = peer;
    this.#cipher = parts.cipher;
    this.#steering = parts.steering;
    this.#events = events;
  }

  /**
   * Sends the frames in the buffer on the path in use, and for a round trip after a change on the
   * other one too. @returns the packet's size
   */
  send(probe: boolean, nowMs: number): number {
    const packet = this.#seal(probe, this.#steering.path.way);
    const second = this.#steering.secondWay(packet.length, nowMs);
    if (second !== undefined) this.#host.transmit(this.#peer, packet, second);
    return packet.length;
  }

  /** Sends what goes beside the data, by ways of its own; nobody has to acknowledge it. */
  sendProbing(): void {
    const { buffer } = this.#host;
    for (;;) {
      const next = this.#cipher.usedUp ? undefined : this.#steering.prober.take();
      if (next === undefined) return;
      buffer.reset(next.frame.length);
      buffer.bytes(next.frame);
      this.#seal(false, next.way);
    }
  }

  #seal(probe: boolean, way: Way): Uint8Array {
    const wasWorn = this.#cipher.worn;
    const source = probe ? this.#host.selfId : undefined;
    const { buffer } = this.#host;
    const packet = this.#cipher.seal(buffer.done(), source, buffer);
    const left = this.#host.transmit(this.#peer, packet, way);
    if (!left && way === this.#steering.path.way) this.#steering.onUnsendable();
    if (this.#cipher.usedUp) this.#events.die();
    else if (this.#cipher.worn && !wasWorn) this.#events.onWorn();
    return packet;
  }
}
