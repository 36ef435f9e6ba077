import { concatBytes, toHex, utf8 } from "../base/bytes.ts";
import type { CryptoSuite, SigningKey } from "../crypto/index.ts";

const SIGN = utf8("peernet folder sign v1");
const READ = utf8("peernet folder read v1");
const KEEP = utf8("peernet folder keep v1");
const LOCATE = utf8("peernet folder locate v1");
const ID = utf8("peernet folder v1");
const LOG = utf8("peernet folder log v1");

/** Bytes of a folder's seed and of each key that follows from it. */
export const FOLDER_KEY_BYTES = 32;
/** Bytes of a folder's id and of its locate id. */
export const FOLDER_ID_BYTES = 16;

/**
 * What somebody may do with a folder. Each key follows one-way from the one before:
 * write (seed) -> read (read key) -> keep (keep key) -> locate (locate id).
 */
export interface FolderKeys {
  /** 32 hexadecimal digits, from the public key. */
  readonly id: string;
  /** The Ed25519 key that vouches for writers, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Opens what entries say, 32 bytes. */
  readonly readKey: Uint8Array;
  /** Proves to others that one knows the folder; opens nothing. 32 bytes. */
  readonly keepKey: Uint8Array;
  /** Only for who may write. */
  readonly write: { readonly seed: Uint8Array; readonly signKey: SigningKey } | undefined;
}

/** All keys of a folder from its seed, 32 random bytes: who has it may write. */
export function writeKeys(suite: CryptoSuite, seed: Uint8Array): FolderKeys {
  const signKey = suite.signingKey(suite.hmacSha256(seed, SIGN));
  const keys = readKeys(suite, suite.hmacSha256(seed, READ), signKey.publicKey);
  return { ...keys, write: { seed, signKey } };
}

/** The keys of a folder for who may read it. */
export function readKeys(
  suite: CryptoSuite,
  readKey: Uint8Array,
  publicKey: Uint8Array,
): FolderKeys {
  const id = toHex(suite.sha256(ID, publicKey).subarray(0, FOLDER_ID_BYTES));
  const keepKey = suite.hmacSha256(readKey, KEEP, publicKey);
  return { id, publicKey, readKey, keepKey, write: undefined };
}

/** Under what a folder can be looked for without telling anything about it. 32 hexadecimal digits. */
export function folderLocateId(suite: CryptoSuite, keepKey: Uint8Array): string {
  return toHex(suite.sha256(LOCATE, keepKey).subarray(0, FOLDER_ID_BYTES));
}

/** The key that seals the entries of one log. */
export function logKey(suite: CryptoSuite, readKey: Uint8Array, logId: Uint8Array): Uint8Array {
  return suite.hmacSha256(readKey, concatBytes(LOG, logId));
}
