import type { PeerId } from "../identity/index.ts";
import type { NeighbourInfo } from "../link/index.ts";

/** What happened to this peer's ways since its start. */
export interface WayCounts {
  /** Neighbours that fell silent under traffic, each time anew. */
  readonly suspicions: number;
  /** Neighbours that were given up or said goodbye. */
  readonly neighboursLost: number;
  /** Times that packets for a reachable peer began to leave by another neighbour. */
  readonly wayChanges: number;
}

/** Counts what a steady network never does: for benches, and for who asks what was wrong. */
export class WayCounters {
  readonly #suspects = new Set<PeerId>();
  #suspicions = 0;
  #neighboursLost = 0;
  #wayChanges = 0;

  /** A neighbour came or changed. */
  neighbour({ id, suspect }: NeighbourInfo): void {
    if (!suspect) this.#suspects.delete(id);
    else if (!this.#suspects.has(id)) {
      this.#suspects.add(id);
      this.#suspicions++;
    }
  }

  /** A neighbour is gone. */
  neighbourDown(id: PeerId): void {
    this.#suspects.delete(id);
    this.#neighboursLost++;
  }

  /** Packets for a peer leave by another neighbour now. */
  wayChanged(): void {
    this.#wayChanges++;
  }

  counts(): WayCounts {
    return {
      suspicions: this.#suspicions,
      neighboursLost: this.#neighboursLost,
      wayChanges: this.#wayChanges,
    };
  }
}
