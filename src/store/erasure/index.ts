export type { ErasureCode } from "./code.ts";
export { ErasureCodec, type ErasureCodecOptions } from "./codec.ts";
export { ErasureError } from "./errors.ts";
export type { KernelName } from "./kernel.ts";
export { DATA_SHARDS_MAX, FRAGMENTS_MAX, SHARD_BYTES_MAX } from "./limits.ts";
