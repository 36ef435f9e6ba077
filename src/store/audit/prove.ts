import { concatBytes, fromHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PeerId } from "../../identity/index.ts";
import type { StoreContext } from "../context.ts";
import { shardBytes } from "../geometry.ts";
import type { Manifest } from "../manifest.ts";
import { Coefficients } from "./coefficients.ts";
import { layersOf } from "./layers.ts";
import { AUDIT_BLOCK_BYTES, AUDIT_REPLY_BYTES } from "./limits.ts";
import type { Challenge } from "./messages.ts";
import { blockCount, blockSummer, fold } from "./sum.ts";

const COMMITMENT_LABEL = utf8("peernet audit commitment v1");

/** What a holder can say to a challenge. */
export interface Answer {
  /** The fragments it has summed up whole; those of the challenge that lack are lost. */
  readonly indices: readonly number[];
  /** `width` bytes per fragment and layer, fragment after fragment. */
  readonly reply: Uint8Array;
}

/** What is said before the answer, so that it cannot be changed after those of others are known. */
export function commitmentOf(suite: CryptoSuite, nonce: Uint8Array, answer: Answer): Uint8Array {
  const indices = Uint8Array.of(answer.indices.length, ...answer.indices);
  return suite.sha256(COMMITMENT_LABEL, nonce, indices, answer.reply);
}

/**
 * Sums up the fragments of a challenge, shard by shard: no more than one shard is in memory. A
 * fragment of which a shard cannot be read is left out, which is how a holder confesses a loss.
 */
export class Proving {
  readonly #context: StoreContext;
  readonly #challenge: Challenge;
  readonly #manifest: Manifest;
  readonly #coefficients: Coefficients;
  readonly #done: (answer: Answer) => void;
  readonly #indices: number[] = [];
  readonly #parts: Uint8Array[] = [];
  #isAborted = false;

  /** @param asker whose challenge it is; coefficients differ from asker to asker */
  constructor(
    context: StoreContext,
    asker: PeerId,
    challenge: Challenge,
    manifest: Manifest,
    done: (answer: Answer) => void,
  ) {
    this.#context = context;
    this.#challenge = challenge;
    this.#manifest = manifest;
    this.#done = done;
    const root = must(fromHex(challenge.root), "roots are hexadecimal");
    this.#coefficients = new Coefficients(context.suite, root, asker, challenge.seed);
  }

  start(): void {
    this.#fragment(0);
  }

  /** Stops; no answer follows. */
  abort(): void {
    this.#isAborted = true;
  }

  #fragment(at: number): void {
    const index = this.#challenge.indices[at];
    if (index === undefined) {
      this.#done({ indices: this.#indices, reply: concatBytes(...this.#parts) });
      return;
    }
    const layers = layersOf(this.#manifest);
    const sums: Uint8Array[] = [];
    const nextLayer = (): void => {
      const layer = layers[sums.length];
      if (layer === undefined) {
        this.#indices.push(index);
        this.#parts.push(...sums);
        this.#fragment(at + 1);
        return;
      }
      const sum = new Uint8Array(AUDIT_BLOCK_BYTES);
      const end = layer.firstStripe + layer.stripes;
      this.#stripes(index, sum, layer.firstStripe, end, (isWhole) => {
        if (isWhole) {
          sums.push(this.#narrow(sum, sums.length));
          nextLayer();
        } else {
          this.#fragment(at + 1);
        }
      });
    };
    nextLayer();
  }

  /** Adds the shards of the stripes up to `end`. */
  #stripes(
    index: number,
    sum: Uint8Array,
    stripe: number,
    end: number,
    done: (isWhole: boolean) => void,
  ): void {
    if (stripe === end) {
      done(true);
      return;
    }
    this.#context.ledger.shard(this.#challenge.root, index, stripe, (shard) => {
      if (this.#isAborted) return;
      if (shard === undefined || shard.length !== shardBytes(this.#manifest, stripe)) {
        done(false);
        return;
      }
      const count = blockCount(shard.length);
      blockSummer().add(sum, shard, this.#coefficients.ofStripe(stripe, count));
      this.#stripes(index, sum, stripe + 1, end, done);
    });
  }

  #narrow(sum: Uint8Array, layer: number): Uint8Array {
    const { width } = this.#challenge;
    return fold(sum, width, this.#coefficients.ofFold(layer, AUDIT_REPLY_BYTES / width));
  }
}
