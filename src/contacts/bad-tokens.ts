import type { PeerId } from "../identity/index.ts";
import { BAD_TOKEN_PAUSE_MS, BAD_TOKEN_PEERS_MAX, BAD_TOKENS_MAX } from "./limits.ts";

/** Remembers who brought bad tokens; after a few of them a peer is not listened to for a while. */
export class BadTokens {
  readonly #peers = new Map<PeerId, { readonly count: number; readonly untilMs: number }>();

  /** Whether the peer has to wait. */
  isPaused(peer: PeerId, nowMs: number): boolean {
    const seen = this.#peers.get(peer);
    if (seen === undefined) return false;
    if (nowMs >= seen.untilMs) this.#peers.delete(peer);
    return nowMs < seen.untilMs && seen.count >= BAD_TOKENS_MAX;
  }

  add(peer: PeerId, nowMs: number): void {
    const count = (this.#peers.get(peer)?.count ?? 0) + 1;
    this.#peers.delete(peer);
    const [oldest] = this.#peers.keys();
    if (this.#peers.size >= BAD_TOKEN_PEERS_MAX && oldest !== undefined) this.#peers.delete(oldest);
    this.#peers.set(peer, { count, untilMs: nowMs + BAD_TOKEN_PAUSE_MS });
  }
}
