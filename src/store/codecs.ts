import { ErasureCodec } from "./erasure/index.ts";
import { CODECS_MAX, SHARD_ALIGN_BYTES, SHARD_BYTES_AIM } from "./limits.ts";

/** Erasure codecs by code. Jobs take turns on them: a codec's views live until its next call. */
export class Codecs {
  readonly #codecs: Map<string, { readonly codec: ErasureCodec; readonly shardBytesMax: number }> =
    new Map();

  /**
   * The codec for k of n and shards of this many bytes, made when first needed; the longest
   * unused one makes room.
   */
  get(k: number, n: number, shardBytes: number): ErasureCodec {
    const name = `${k}/${n}`;
    let found = this.#codecs.get(name);
    if (found === undefined || found.shardBytesMax < shardBytes) {
      const shardBytesMax = Math.max(shardBytes, SHARD_BYTES_AIM + SHARD_ALIGN_BYTES);
      found = { codec: new ErasureCodec({ k, n, shardBytesMax }), shardBytesMax };
    }
    this.#codecs.delete(name);
    this.#codecs.set(name, found);
    for (const oldest of this.#codecs.keys()) {
      if (this.#codecs.size <= CODECS_MAX) break;
      this.#codecs.delete(oldest);
    }
    return found.codec;
  }
}

/** Hands k shards to the codec, for `decode` or `rebuild`. */
export function loadStripe(
  codec: ErasureCodec,
  shards: ReadonlyMap<number, Uint8Array>,
  shardBytes: number,
): void {
  const indices = [...shards.keys()].slice(0, codec.k);
  for (const [i, view] of codec.loadShards(indices, shardBytes).entries()) {
    view.set(shards.get(indices[i] ?? -1) ?? view);
  }
}

/** The sealed stripe from k of its shards. */
export function decodeStripe(
  codec: ErasureCodec,
  shards: ReadonlyMap<number, Uint8Array>,
  shardBytes: number,
  sealedLength: number,
): Uint8Array {
  loadStripe(codec, shards, shardBytes);
  const sealed = new Uint8Array(sealedLength);
  let at = 0;
  for (const shard of codec.decode()) {
    const part = shard.subarray(0, sealedLength - at);
    sealed.set(part, at);
    at += part.length;
  }
  return sealed;
}
