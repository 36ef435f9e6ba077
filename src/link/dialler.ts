import type { Endpoint, Random, Transport } from "../ports/index.ts";
import { jitter, type Way } from "./context.ts";
import { LinkError } from "./errors.ts";
import {
  DIAL_PATIENCE_MS,
  DIAL_RETRY_FIRST_MS,
  DIAL_RETRY_MAX_MS,
  STATIC_LINKS_MAX,
} from "./limits.ts";

interface Dialled {
  readonly transport: Transport;
  phase: "waiting" | "opening" | "linked";
  /** When to dial (waiting) or to give up (opening). */
  atMs: number;
  failures: number;
  linkedAtMs: number;
}

/** What the dialler asks of the rest of the room. */
export interface DiallerHooks {
  isLinked(endpoint: Endpoint): boolean;
  wake(atMs: number): void;
}

/** Keeps chosen endpoints dialled for ever: 200 ms after a loss, then more and more rarely. */
export class Dialler {
  readonly #random: Random;
  readonly #hooks: DiallerHooks;
  readonly #dialled: Map<Endpoint, Dialled> = new Map();

  constructor(random: Random, hooks: DiallerHooks) {
    this.#random = random;
    this.#hooks = hooks;
  }

  /** @throws LinkError("too-many") */
  add({ transport, endpoint }: Way, nowMs: number): void {
    if (this.#dialled.has(endpoint)) return;
    if (this.#dialled.size >= STATIC_LINKS_MAX) {
      throw new LinkError(
        "too-many",
        `More than ${STATIC_LINKS_MAX} static links; remove one first.`,
      );
    }
    this.#dialled.set(endpoint, {
      transport,
      phase: "waiting",
      atMs: nowMs,
      failures: 0,
      linkedAtMs: nowMs,
    });
    this.#hooks.wake(nowMs);
  }

  /** Stops dialling; a link that stands stays. */
  remove(endpoint: Endpoint): void {
    this.#dialled.delete(endpoint);
  }

  /** Dials everything anew. */
  restart(nowMs: number): void {
    for (const entry of this.#dialled.values()) {
      entry.phase = "waiting";
      entry.atMs = nowMs;
      entry.failures = 0;
    }
  }

  /** Whether this endpoint is kept dialled. */
  has(endpoint: Endpoint): boolean {
    return this.#dialled.has(endpoint);
  }

  /** A link stands that was dialled as, or leads to, this endpoint. */
  linked(endpoint: Endpoint | undefined, nowMs: number): void {
    const entry = endpoint === undefined ? undefined : this.#dialled.get(endpoint);
    if (entry === undefined) return;
    entry.phase = "linked";
    entry.linkedAtMs = nowMs;
  }

  /** Dialling failed, or the link is gone. A link that lived long starts the waits afresh. */
  lost(endpoint: Endpoint | undefined, nowMs: number): void {
    const entry = endpoint === undefined ? undefined : this.#dialled.get(endpoint);
    if (endpoint === undefined || entry === undefined || this.#hooks.isLinked(endpoint)) return;
    if (entry.phase === "waiting") return;
    const stable = entry.phase === "linked" && nowMs - entry.linkedAtMs >= DIAL_RETRY_MAX_MS;
    if (stable) entry.failures = 0;
    const waitMs = Math.min(DIAL_RETRY_MAX_MS, DIAL_RETRY_FIRST_MS * 2 ** entry.failures);
    entry.failures = Math.min(16, entry.failures + 1);
    entry.phase = "waiting";
    entry.atMs = nowMs + waitMs * jitter(this.#random, 0.2);
    this.#hooks.wake(entry.atMs);
  }

  /** Dials what is due. */
  tick(nowMs: number): void {
    for (const [endpoint, entry] of [...this.#dialled]) {
      if (entry.phase === "linked" || nowMs < entry.atMs) continue;
      if (this.#hooks.isLinked(endpoint)) this.linked(endpoint, nowMs);
      else if (entry.phase === "opening") this.lost(endpoint, nowMs);
      else {
        entry.phase = "opening";
        entry.atMs = nowMs + DIAL_PATIENCE_MS;
        entry.transport.open(endpoint);
      }
    }
  }

  /** Monotonic time of the next `tick`. */
  deadlineMs(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const entry of this.#dialled.values()) {
      if (entry.phase !== "linked") first = Math.min(first, entry.atMs);
    }
    return first;
  }
}
