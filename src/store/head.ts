import { toHex, utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import { locateIdOf } from "./link.ts";
import { decodeManifest, encodeManifest, type Manifest } from "./manifest.ts";
import { HASH_BYTES, hashAt, leafHash, treeRoot } from "./merkle.ts";

const VERSION = 1;
const ROOT_LABEL = utf8("peernet object v1");

/**
 * What a holder keeps of an object besides shards: the manifest and the roots of all fragments.
 * With it every fragment, and with the fragment's leaf list every shard, is checked alone; all
 * roots are there so that whoever re-creates a fragment can check it too.
 */
export interface Head {
  readonly manifest: Manifest;
  /** Roots of all nMax fragments, one after another. */
  readonly fragmentRoots: Uint8Array;
  /** The object root: what the object is called by. */
  readonly root: Uint8Array;
  /** The same in hexadecimal. */
  readonly rootHex: string;
  /** What peers are asked by; hexadecimal. */
  readonly locateId: string;
  /** The encoded form. */
  readonly bytes: Uint8Array;
}

/** Puts a head together. */
export function makeHead(suite: CryptoSuite, manifest: Manifest, fragmentRoots: Uint8Array): Head {
  const encoded = encodeManifest(manifest);
  const bytes = new Writer(3 + encoded.length + fragmentRoots.length)
    .u8(VERSION)
    .u16(encoded.length)
    .bytes(encoded)
    .bytes(fragmentRoots)
    .done();
  return decodeHead(suite, bytes);
}

/**
 * A head from bytes, its root computed. The caller compares the root with the one it wants.
 * @throws WireError
 */
export function decodeHead(suite: CryptoSuite, bytes: Uint8Array): Head {
  const reader = new Reader(bytes);
  if (reader.u8() !== VERSION) throw new WireError("version", "Unknown version of a head.");
  const encoded = reader.bytes(reader.u16());
  const manifest = decodeManifest(encoded);
  const fragmentRoots = reader.bytes(manifest.nMax * HASH_BYTES);
  reader.end();
  const length = new Writer(4).u32(encoded.length).done();
  const top = treeOfRoots(suite, fragmentRoots, manifest.nMax);
  const root = suite.sha256(ROOT_LABEL, length, encoded, top);
  return {
    manifest,
    fragmentRoots,
    root,
    rootHex: toHex(root),
    locateId: locateIdOf(suite, root),
    bytes,
  };
}

/** The head with this root from a disk; undefined where the bytes are none or another one's. */
export function readHead(suite: CryptoSuite, root: string, bytes: Uint8Array): Head | undefined {
  try {
    const head = decodeHead(suite, bytes);
    return head.rootHex === root ? head : undefined;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function treeOfRoots(suite: CryptoSuite, fragmentRoots: Uint8Array, n: number): Uint8Array {
  const leaves = new Uint8Array(n * HASH_BYTES);
  for (let index = 0; index < n; index++) {
    leaves.set(leafHash(suite, hashAt(fragmentRoots, index)), index * HASH_BYTES);
  }
  return treeRoot(suite, leaves);
}
