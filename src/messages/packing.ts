import { TokenBucket } from "../base/token-bucket.ts";
import type { Clock } from "../ports/index.ts";
import type { TextPacker } from "./body.ts";
import { PACKED_BURST, PACKED_PER_SECOND } from "./limits.ts";
import { plainText, unpackText } from "./ratchet/index.ts";

const PACKINGS = { perSecond: PACKED_PER_SECOND, burst: PACKED_BURST } as const;
/** Leaves texts as they are. */
export const PLAIN: TextPacker = { packText: plainText, unpackText };

/** Packs what people write; what programs send by the hundred goes as it is, packing takes longer than all else. */
export class Packing {
  readonly #ratchet: TextPacker;
  readonly #clock: Clock;
  readonly #packings: TokenBucket;

  constructor(ratchet: TextPacker, clock: Clock) {
    this.#ratchet = ratchet;
    this.#clock = clock;
    this.#packings = new TokenBucket(PACKINGS, clock.monotonicMs());
  }

  /** What packs the next text. */
  packer(): TextPacker {
    return this.#packings.take(this.#clock.monotonicMs()) ? this.#ratchet : PLAIN;
  }
}
