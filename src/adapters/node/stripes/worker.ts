import { parentPort } from "node:worker_threads";
import { Codecs, makeStripe, type StripeTask } from "../../../store/index.ts";
import { createNodeSuite } from "../crypto.ts";
import { allowRelaxedSimd } from "../relaxed-simd.ts";

/** One stripe to make. Plain bytes, shards and leaf hashes are views of memory that is shared. */
export interface StripeRequest {
  readonly id: number;
  readonly task: StripeTask;
  readonly shards: Uint8Array;
  readonly leaves: Uint8Array;
}

allowRelaxedSimd();
const suite = createNodeSuite();
const codecs = new Codecs();

parentPort?.on("message", ({ id, task, shards, leaves }: StripeRequest) => {
  makeStripe(suite, codecs, task, { shards, leaves });
  parentPort?.postMessage(id);
});
