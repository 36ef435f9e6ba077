import { utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { REQUESTS_PER_SIGNATURE_MAX } from "./limits.ts";

const LEAF = utf8("peernet invoice leaf v1");
const NODE = utf8("peernet invoice node v1");
const HASH_BYTES = 32;
const DEPTH_MAX: number = Math.log2(REQUESTS_PER_SIGNATURE_MAX);
/** Longest path: the place of a leaf, and a hash for each level. */
export const PATH_BYTES_MAX: number = 1 + DEPTH_MAX * HASH_BYTES;

type Hashes = Pick<CryptoSuite, "sha256">;

/** Several contents under one hash, and by which way each leads there (Merkle, 1987). */
export interface Tree {
  readonly root: Uint8Array;
  /** For each content: its place (1 byte), and the hash beside it on each level, from below. */
  readonly paths: readonly Uint8Array[];
}

/**
 * Where they do not fill a tree, the last one fills its places, too.
 * @param contents 1 … REQUESTS_PER_SIGNATURE_MAX of them
 */
export function treeOf(suite: Hashes, contents: readonly Uint8Array[]): Tree {
  let row = contents.map((content) => suite.sha256(LEAF, content));
  const depth = Math.ceil(Math.log2(contents.length));
  while (row.length < 2 ** depth) row.push(must(row.at(-1), "there is a content"));
  const paths = contents.map((_, place) => {
    const path = new Uint8Array(1 + depth * HASH_BYTES);
    path[0] = place;
    return path;
  });
  for (let level = 0; level < depth; level++) {
    for (const [place, path] of paths.entries()) {
      const beside = must(row[(place >> level) ^ 1], "a row is even");
      path.set(beside, 1 + level * HASH_BYTES);
    }
    const below = row;
    row = below.flatMap((left, at) =>
      at % 2 === 0 ? [suite.sha256(NODE, left, must(below[at + 1], "a row is even"))] : [],
    );
  }
  return { root: must(row[0], "there is a content"), paths };
}

/** The hash over all to which a content and its path lead; undefined where the path is none. */
export function rootOf(
  suite: Hashes,
  content: Uint8Array,
  path: Uint8Array,
): Uint8Array | undefined {
  const depth = (path.length - 1) / HASH_BYTES;
  const place = path[0] ?? 0;
  if (!Number.isInteger(depth) || depth < 1 || depth > DEPTH_MAX || place >> depth !== 0) {
    return undefined;
  }
  let hash = suite.sha256(LEAF, content);
  for (let level = 0; level < depth; level++) {
    const beside = path.subarray(1 + level * HASH_BYTES, 1 + (level + 1) * HASH_BYTES);
    const isRight = ((place >> level) & 1) === 1;
    hash = isRight ? suite.sha256(NODE, beside, hash) : suite.sha256(NODE, hash, beside);
  }
  return hash;
}
