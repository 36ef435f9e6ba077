import type { PeerId } from "../identity/index.ts";
import { LOST_PEERS_MAX } from "./limits.ts";

/** Peers to whom a stream was lost, and who have not answered since; the oldest are forgotten. */
export class LostPeers {
  readonly #ids = new Set<PeerId>();

  /** A stream to the peer was lost. */
  add(id: PeerId): void {
    // Put at the end: who was lost last is remembered longest.
    this.#ids.delete(id);
    this.#ids.add(id);
    if (this.#ids.size <= LOST_PEERS_MAX) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }

  /** The peer answers; @returns whether it had been lost */
  answers(id: PeerId): boolean {
    return this.#ids.delete(id);
  }
}
