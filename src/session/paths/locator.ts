import type { PeerId, PeerRecord } from "../../identity/index.ts";
import type { Clock } from "../../ports/index.ts";
import type { PathPort } from "../../routing/index.ts";
import { LOCATE_PAUSE_MS, LOCATES_MAX } from "./limits.ts";

/** A peer that somebody wants to speak to. */
export interface Located {
  readonly id: PeerId;
  /** When it may be looked up again. */
  locateMs: number;
  onLocated(record: PeerRecord, nowMs: number): void;
}

/** Looks for peers out of the vicinity. */
export class Locator {
  readonly #paths: PathPort | undefined;
  readonly #clock: Clock;
  readonly #onFound: (peer: Located) => void;
  #underWay = 0;

  /** @param onFound may be called at any time; the handshake begins in a turn of its own */
  constructor(paths: PathPort | undefined, clock: Clock, onFound: (peer: Located) => void) {
    this.#paths = paths;
    this.#clock = clock;
    this.#onFound = onFound;
  }

  /** Looks a peer up unless that was done a moment ago. */
  locate(peer: Located): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#paths === undefined || nowMs < peer.locateMs || this.#underWay >= LOCATES_MAX) return;
    this.#underWay++;
    peer.locateMs = nowMs + LOCATE_PAUSE_MS;
    this.#paths.locate(peer.id, (record) => {
      this.#underWay--;
      if (record === undefined) return;
      peer.onLocated(record, this.#clock.monotonicMs());
      this.#onFound(peer);
    });
  }
}
