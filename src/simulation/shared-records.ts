import { equalBytes } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { decodePeerRecord, type PeerRecord } from "../identity/index.ts";
import type { RecordReader } from "../routing/index.ts";
import { MEMO_SIGNATURES_MAX } from "./limits.ts";

/**
 * Reads records for all routers of a simulation: the same bytes are verified once and give the
 * same object, which saves most of the memory of a large mesh. What is refused is refused anew.
 */
export function createRecordReader(suite: CryptoSuite): RecordReader {
  let known = new Map<string, PeerRecord>();
  return (bytes, before) => {
    const key = shortKey(bytes);
    const found = known.get(key);
    if (found !== undefined && equalBytes(found.bytes, bytes)) return found;
    const record = decodePeerRecord(suite, bytes, before);
    if (known.size >= MEMO_SIGNATURES_MAX) known = new Map();
    known.set(key, record);
    return record;
  };
}

/** The last 16 bytes, which belong to the signature, as a short text. */
function shortKey(bytes: Uint8Array): string {
  const codes: number[] = [bytes.length];
  for (let at = Math.max(1, bytes.length - 16); at < bytes.length; at += 2) {
    codes.push(((bytes[at - 1] ?? 0) << 8) | (bytes[at] ?? 0));
  }
  return String.fromCharCode(...codes);
}
