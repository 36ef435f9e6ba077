import { attempt, readableOf } from "../base/attempt.ts";
import { takeFitting } from "../base/take-fitting.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { opKey } from "./group-record.ts";
import { keptOpBytes } from "./kept-op.ts";
import { decodeOp, type GroupLog, groupIdOf } from "./log/index.ts";

/** What a start had to leave out of a group because records were missing or damaged. */
export interface GroupLoss {
  readonly id: string;
  /** What the group is called here. */
  readonly label: string;
  /** Operations that are known to have been here and are not any more. */
  readonly lostOps: number;
  readonly keptOps: number;
}

/**
 * How many records of operations a group's log had, as far as the keys of those that are left tell.
 * @param keys in order
 */
export function placesOf(group: string, keys: readonly string[]): number {
  const last = keys.at(-1)?.slice(opKey(group, 0).length - PLACE_DIGITS);
  return last === undefined ? 0 : Number.parseInt(last, 16) + 1;
}

const PLACE_DIGITS = 8;

/**
 * Takes up what is left of a broken log: operations that prove themselves and of which the whole past
 * is there, in whatever order. Nothing that stood beside them on the disk is believed.
 * @param group the id of the group
 * @param records as the disk has them
 */
export function takeProven(
  suite: CryptoSuite,
  group: string,
  log: GroupLog,
  records: readonly Uint8Array[],
): void {
  const ops = readableOf(records, (record) => decodeOp(suite, keptOpBytes(record)));
  const own = ops.filter(({ id, body }) => body.t !== "genesis" || groupIdOf(id) === group);
  takeFitting(own, (op) => attempt(() => log.add(op)).refusal?.code === "gap");
}
