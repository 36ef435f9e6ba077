import { TypedError } from "../../base/errors.ts";

/**
 * Why the codec refused: a code, a shard size or fragment indices outside the limits; decoding
 * before shards were loaded; a kernel that this engine cannot run.
 */
export class ErasureError extends TypedError<
  "bad-code" | "bad-shard-size" | "bad-indices" | "not-loaded" | "kernel-unavailable"
> {
  override readonly name = "ErasureError";
}
