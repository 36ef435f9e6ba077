import { concatBytes, fromHex, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { OpId } from "./log/index.ts";

/** Parts into which ids are sorted by their first byte. */
export const BUCKETS = 256;
/** Bytes of the sum of one part. */
export const SUM_BYTES = 8;
/** Bytes of an id's beginning by which peers compare what they have. */
export const SHORT_ID_BYTES = 16;
const DIGEST_BYTES = 16;

/** What a log holds, in a form in which two peers find out the difference. */
export class Sums {
  readonly #suite: CryptoSuite;
  readonly #buckets: OpId[][] = Array.from({ length: BUCKETS }, () => []);
  readonly #sums: (Uint8Array | undefined)[] = Array.from({ length: BUCKETS }, () => undefined);
  #digest: Uint8Array | undefined;

  constructor(suite: CryptoSuite) {
    this.#suite = suite;
  }

  add(id: OpId): void {
    const bucket = Number.parseInt(id.slice(0, 2), 16);
    this.#buckets[bucket]?.push(id);
    this.#sums[bucket] = undefined;
    this.#digest = undefined;
  }

  /** 16 bytes that are the same for the same set. */
  digest(): Uint8Array {
    this.#digest ??= this.#suite.sha256(this.all()).subarray(0, DIGEST_BYTES);
    return this.#digest;
  }

  /** The sums of all parts, 2,048 bytes. */
  all(): Uint8Array {
    return concatBytes(...Array.from({ length: BUCKETS }, (_, bucket) => this.#sumOf(bucket)));
  }

  /** Parts in which the peer with these sums has something else. */
  differing(theirs: Uint8Array): readonly number[] {
    const mine = this.all();
    const differing: number[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const from = bucket * SUM_BYTES;
      for (let at = from; at < from + SUM_BYTES; at++) {
        if (mine[at] === theirs[at]) continue;
        differing.push(bucket);
        break;
      }
    }
    return differing;
  }

  /** Beginnings of the ids in one part, one after another. */
  shortIds(bucket: number): readonly Uint8Array[] {
    return (this.#buckets[bucket] ?? []).map((id) =>
      must(fromHex(shortId(id)), "ids are hexadecimal"),
    );
  }

  #sumOf(bucket: number): Uint8Array {
    const known = this.#sums[bucket];
    if (known !== undefined) return known;
    const ids = [...(this.#buckets[bucket] ?? [])].sort();
    const parts = ids.map((id) => must(fromHex(id), "ids are hexadecimal"));
    const sum = this.#suite.sha256(concatBytes(...parts)).subarray(0, SUM_BYTES);
    this.#sums[bucket] = sum;
    return sum;
  }
}

/** The beginning of an id, 32 hexadecimal digits. */
export function shortId(id: OpId): string {
  return id.slice(0, 2 * SHORT_ID_BYTES);
}

/** Beginnings of ids that stand one after another. */
export function splitShortIds(bytes: Uint8Array): readonly string[] {
  const ids: string[] = [];
  for (let at = 0; at + SHORT_ID_BYTES <= bytes.length; at += SHORT_ID_BYTES) {
    ids.push(toHex(bytes.subarray(at, at + SHORT_ID_BYTES)));
  }
  return ids;
}
