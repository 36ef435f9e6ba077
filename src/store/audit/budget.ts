import { TokenBucket } from "../../base/token-bucket.ts";
import type { PeerId } from "../../identity/index.ts";
import {
  AUDIT_ASKERS_MAX,
  AUDIT_BYTES_FOR_STRANGERS,
  AUDIT_BYTES_MIN,
  AUDIT_BYTES_PER_ASKER,
  AUDIT_WAIT_MS_MAX,
  AUDITS_PER_ASKER,
} from "./limits.ts";

const HOUR_SECONDS = 3_600;

function hourly(amount: number, nowMs: number): TokenBucket {
  return new TokenBucket({ perSecond: amount / HOUR_SECONDS, burst: amount }, nowMs);
}

interface Purse {
  readonly challenges: TokenBucket;
  readonly bytes: TokenBucket;
}

/**
 * How much this peer reads for the challenges of others. Everybody has an allowance; those who
 * ask about what they did not bring share another one, so that no crowd of made-up peers keeps
 * the disk busy or takes the owners' turn.
 */
export class AuditBudget {
  readonly #purses: Map<PeerId, Purse> = new Map();
  #strangers: TokenBucket | undefined;

  /**
   * Pays for a challenge.
   * @param isOwner whether the asker brought what it asks about
   * @returns 0 where it is paid for, else after how many milliseconds it could be
   */
  pay(asker: PeerId, isOwner: boolean, bytes: number, nowMs: number): number {
    const purse = this.#purse(asker, nowMs);
    this.#strangers ??= hourly(AUDIT_BYTES_FOR_STRANGERS, nowMs);
    // A fragment larger than a whole allowance costs all of it.
    const cost = Math.min(Math.max(bytes, AUDIT_BYTES_MIN), AUDIT_BYTES_PER_ASKER);
    let dueMs = Math.max(purse.challenges.nextMs(nowMs), purse.bytes.nextMs(nowMs, cost));
    if (!isOwner) dueMs = Math.max(dueMs, this.#strangers.nextMs(nowMs, cost));
    if (dueMs > nowMs) return Math.min(dueMs - nowMs, AUDIT_WAIT_MS_MAX);
    purse.challenges.take(nowMs);
    purse.bytes.take(nowMs, cost);
    if (!isOwner) this.#strangers.take(nowMs, cost);
    return 0;
  }

  #purse(asker: PeerId, nowMs: number): Purse {
    const purse = this.#purses.get(asker) ?? {
      challenges: hourly(AUDITS_PER_ASKER, nowMs),
      bytes: hourly(AUDIT_BYTES_PER_ASKER, nowMs),
    };
    this.#purses.delete(asker);
    this.#purses.set(asker, purse);
    for (const oldest of this.#purses.keys()) {
      if (this.#purses.size <= AUDIT_ASKERS_MAX) break;
      this.#purses.delete(oldest);
    }
    return purse;
  }
}
