import type { PathPort } from "../../routing/index.ts";
import type { PeerState } from "../peer-state.ts";
import { LOCATE_PAUSE_MS, LOCATES_MAX } from "./limits.ts";

/** Looks for peers out of the vicinity that somebody wants to speak to. */
export class Locator {
  readonly #paths: PathPort | undefined;
  readonly #nowMs: () => number;
  readonly #onFound: (peer: PeerState) => void;
  #underWay = 0;

  /** @param onFound may be called at any time; the handshake begins in a turn of its own */
  constructor(
    paths: PathPort | undefined,
    nowMs: () => number,
    onFound: (peer: PeerState) => void,
  ) {
    this.#paths = paths;
    this.#nowMs = nowMs;
    this.#onFound = onFound;
  }

  /** Looks a peer up unless that was done a moment ago. */
  locate(peer: PeerState): void {
    const nowMs = this.#nowMs();
    if (this.#paths === undefined || nowMs < peer.locateMs || this.#underWay >= LOCATES_MAX) return;
    this.#underWay++;
    peer.locateMs = nowMs + LOCATE_PAUSE_MS;
    this.#paths.locate(peer.id, (record) => {
      this.#underWay--;
      if (record === undefined) return;
      peer.onLocated(record, this.#nowMs());
      this.#onFound(peer);
    });
  }
}
