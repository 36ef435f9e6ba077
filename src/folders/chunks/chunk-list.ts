import { Reader, WireError, Writer } from "../../wire/index.ts";
import { CHUNK_BYTES_MAX, CHUNKS_PER_OBJECT_MAX } from "../limits.ts";
import { OBJECT_LINK_BYTES } from "../operation.ts";

/** Bytes of a chunk's SHA-256. */
export const CHUNK_HASH_BYTES = 32;

const VERSION = 1;

/** One chunk of an object, behind the one before. */
export interface Chunk {
  readonly lengthBytes: number;
  /** SHA-256, 32 bytes. */
  readonly hash: Uint8Array;
}

/** How an object was cut when this device put it. */
export interface ChunkList {
  /** Read key and root, 64 bytes. */
  readonly link: Uint8Array;
  /** From its beginning on; of very large objects the first ones only. */
  readonly chunks: readonly Chunk[];
}

/** Version, link, and length and hash of each chunk. */
export function encodeChunkList({ link, chunks }: ChunkList): Uint8Array {
  const writer = new Writer(128 + 36 * chunks.length).u8(VERSION).bytes(link);
  for (const { lengthBytes, hash } of chunks) writer.varint(lengthBytes).bytes(hash);
  return writer.done();
}

/** @throws WireError */
export function decodeChunkList(bytes: Uint8Array): ChunkList {
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== VERSION) throw new WireError("version", `Chunks of version ${version}.`);
  const link = reader.bytes(OBJECT_LINK_BYTES).slice();
  const chunks: Chunk[] = [];
  while (reader.left > 0) {
    const lengthBytes = reader.varint();
    const isBad = lengthBytes === 0 || lengthBytes > CHUNK_BYTES_MAX;
    if (isBad || chunks.length === CHUNKS_PER_OBJECT_MAX) {
      throw new WireError("out-of-range", "Chunks that cannot be.");
    }
    chunks.push({ lengthBytes, hash: reader.bytes(CHUNK_HASH_BYTES).slice() });
  }
  return { link, chunks };
}
