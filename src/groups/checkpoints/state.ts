import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { GroupsError } from "../errors.ts";
import {
  type GroupLog,
  type OpId,
  type OpLog,
  type Ownership,
  ownersOf,
  pastOf,
  readSkeleton,
  type Vouching,
  writeSkeleton,
} from "../log/index.ts";
import { CHECKPOINT_BYTES_MAX } from "./limits.ts";
import { readWord, stateDigest, type WordTerms } from "./word.ts";

/** What some operations of a log say, with all that is before them. */
export interface State extends WordTerms {
  readonly skeleton: Uint8Array;
  /** The places that it holds. */
  readonly cut: readonly boolean[];
}

/** Who vouches for checkpoints: owners by owners' decisions alone, since anybody can check those. */
export function vouchersOf(suite: CryptoSuite, log: OpLog): Ownership {
  return ownersOf(suite, log, new Set()).ownership;
}

/**
 * What these operations and all before them say; undefined where the log does not have them as a
 * whole, or where they do not show who the owners are today.
 */
export function stateOf(
  suite: CryptoSuite,
  log: GroupLog,
  heads: readonly OpId[],
): State | undefined {
  const { ops } = log;
  const places = heads.flatMap((id) => ops.placeOf(id) ?? []);
  if (ops.thinOps > 0 || places.length < heads.length) return undefined;
  const { ownership, taken } = ownersOf(suite, ops, new Set());
  const cut = pastOf(ops, places);
  // Heirs who have taken over are owners by what only the whole log shows.
  if (ownership.base !== log.ownership.base) return undefined;
  if (taken.some(({ votes }) => votes.some((vote) => cut[vote] !== true))) return undefined;
  const skeleton = writeSkeleton(ops, cut);
  if (skeleton.length > CHECKPOINT_BYTES_MAX) return undefined;
  const count = cut.reduce((sum, each) => sum + (each ? 1 : 0), 0);
  const digest = stateDigest(suite, skeleton);
  return { group: log.id, heads: [...heads].sort(), count, digest, skeleton, cut };
}

/**
 * The log that a checkpoint describes, where as many owners as decide together have signed it. Who
 * they are is shown by votes in it, from the genesis on, which are checked here.
 * @param group 32 hexadecimal digits
 * @throws WireError, GroupsError("bad-checkpoint") where it is not signed by enough of them
 */
export function believedLog(
  suite: CryptoSuite,
  vouching: Vouching,
  group: string,
  checkpoint: { readonly skeleton: Uint8Array; readonly words: readonly Uint8Array[] },
): OpLog {
  const ops = readSkeleton(suite, vouching, checkpoint.skeleton);
  if (ops.group !== group) throw new GroupsError("bad-checkpoint", "It is of another group.");
  const { ownership, taken } = ownersOf(suite, ops, new Set());
  for (const vote of taken.flatMap(({ votes }) => votes)) {
    // Whose device has voted is shown by its first operation.
    const first = ops.chainOf(ops.at(vote).op.author)?.bySeq.get(1);
    if (ops.isThin(must(first, "a chain has a first operation"))) {
      throw new GroupsError("bad-checkpoint", "It hides who has voted.");
    }
  }
  const digest = stateDigest(suite, checkpoint.skeleton);
  const signers = new Set<string>();
  for (const bytes of checkpoint.words) {
    const word = readWord(suite, vouching, group, bytes);
    if (word.digest === digest && ownership.owners.includes(word.person)) signers.add(word.person);
  }
  if (signers.size >= ownership.quorum) return ops;
  throw new GroupsError("bad-checkpoint", "Too few owners have signed it.");
}
