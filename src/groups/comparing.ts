import { concatBytes } from "../base/bytes.ts";
import { IDS_PER_FRAME_MAX, OPS_FRAME_BYTES, OPS_PER_FRAME_MAX } from "./limits.ts";
import type { Op, OpId, OpLog } from "./log/index.ts";
import type { GroupFrame } from "./protocol.ts";
import { BUCKETS, type Sums, shortId } from "./sums.ts";

/** What is here in these parts, in as many frames as it takes; one where it is nothing. */
export function haveFrames(sums: Sums, buckets: readonly number[]): readonly GroupFrame[] {
  const bits = new Uint8Array(BUCKETS / 8);
  const ids: Uint8Array[] = [];
  for (const bucket of buckets) {
    bits[bucket >> 3] = (bits[bucket >> 3] ?? 0) | (1 << (bucket & 7));
    ids.push(...sums.shortIds(bucket));
  }
  const frames: GroupFrame[] = [];
  for (let at = 0; at === 0 || at < ids.length; at += IDS_PER_FRAME_MAX) {
    const some = ids.slice(at, at + IDS_PER_FRAME_MAX);
    const isLast = at + some.length >= ids.length;
    frames.push({ t: "have", b: bits, h: concatBytes(...some), e: isLast });
  }
  return frames;
}

/**
 * Which operations somebody lacks who told what they have.
 * @param bits the parts of which they told, a bit each
 * @param has beginnings of ids, as `shortId` gives them
 */
export function lacks(bits: Uint8Array, has: ReadonlySet<string>): (id: OpId) => boolean {
  return (id) => {
    const bucket = Number.parseInt(id.slice(0, 2), 16);
    const isTold = (((bits[bucket >> 3] ?? 0) >> (bucket & 7)) & 1) === 1;
    return isTold && !has.has(shortId(id));
  };
}

/**
 * The operations that somebody lacks, in order. Without what is known here from a checkpoint only,
 * and what builds on it: it could not be taken.
 */
export function lackedBy(log: OpLog, isLacking: (id: OpId) => boolean): Op[] {
  const withheld = new Set<number>();
  const found: Op[] = [];
  for (const { op, index, deps } of log.entries) {
    if (!isLacking(op.id)) continue;
    if (op.bytes.length === 0 || deps.some((dep) => withheld.has(dep))) withheld.add(index);
    else found.push(op);
  }
  return found;
}

/** Operations cut into lists that each fit into a frame. */
export function framesOf(ops: readonly Uint8Array[]): Uint8Array[][] {
  const frames: Uint8Array[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const op of ops) {
    const last = frames.at(-1);
    if (last === undefined || bytes >= OPS_FRAME_BYTES || last.length >= OPS_PER_FRAME_MAX) {
      frames.push([op]);
      bytes = op.length;
    } else {
      last.push(op);
      bytes += op.length;
    }
  }
  return frames;
}
