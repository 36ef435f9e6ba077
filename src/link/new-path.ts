import type { Endpoint, Random } from "../ports/index.ts";
import { PATH_AMPLIFICATION, PATH_CHALLENGE_GAP_MS, PATH_LIFE_MS } from "./limits.ts";

/**
 * An address from which a neighbour's frames came lately, and which it has not been proven to
 * read. Until then frames go to both addresses, to this one no more than three times what came
 * from it. The proof is the echo of a random number that was sent nowhere else (RFC 9000
 * section 8.2): an address that was forged may be a stranger's.
 */
export class NewPath {
  readonly endpoint: Endpoint;
  readonly #number: number;
  #untilMs = 0;
  #challengedAtMs = Number.NEGATIVE_INFINITY;
  #allowedBytes = 0;

  constructor(endpoint: Endpoint, random: Random) {
    this.endpoint = endpoint;
    this.#number = random.u32();
  }

  /** A frame of this size came from there; the number to send there now, if it is time for one. */
  heard(frameBytes: number, nowMs: number): number | undefined {
    this.#untilMs = nowMs + PATH_LIFE_MS;
    this.#allowedBytes += PATH_AMPLIFICATION * frameBytes;
    if (nowMs - this.#challengedAtMs < PATH_CHALLENGE_GAP_MS) return undefined;
    this.#challengedAtMs = nowMs;
    return this.#number;
  }

  /** Whether this echo, come from this endpoint, is the proof. */
  proves(number: number, from: Endpoint): boolean {
    return from === this.endpoint && number === this.#number;
  }

  /** Whether so many bytes may go there now; they count as sent. */
  takes(frameBytes: number, nowMs: number): boolean {
    if (nowMs >= this.#untilMs || frameBytes > this.#allowedBytes) return false;
    this.#allowedBytes -= frameBytes;
    return true;
  }
}
