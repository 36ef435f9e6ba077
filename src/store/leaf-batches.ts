import type { DiskError, RecordStore, RecordWrite } from "../ports/index.ts";
import { fragmentBytes, stripeCount } from "./geometry.ts";
import type { Commit } from "./ledger-types.ts";
import { COMMIT_LEAVES_BYTES } from "./limits.ts";
import {
  completeLeaves,
  encodeFragment,
  encodeObject,
  encodePending,
  type FragmentEntry,
  fragmentKey,
  headKey,
  LEAVES_HEAD_BYTES,
  leavesKey,
  objectKey,
  PENDING_PREFIX,
} from "./records.ts";

type Laid = Commit["fragments"][number];

/** Makes the writes of one batch when it is its turn: the memory of the one before is used again. */
type Batch = () => readonly RecordWrite[];

/** A fragment to be committed of which the leaf list is there. */
export function fragmentWith(index: number, at: string, leaves: Uint8Array): Laid {
  return { index, at, leafBytes: leaves.length, writeLeaves: (list) => list.set(leaves) };
}

/**
 * What a commit writes: its batches, one after another; the fragments as they are noted; and the keys of the leaf lists
 * where these come before what makes them count.
 */
export function commitBatches({ head, fragments, from, object }: Commit): {
  readonly batches: readonly Batch[];
  readonly entries: readonly (readonly [number, FragmentEntry])[];
  readonly early: readonly string[];
} {
  const { manifest, rootHex } = head;
  const stripes = stripeCount(manifest);
  const rest: RecordWrite[] = [{ key: headKey(rootHex), value: head.bytes }];
  const entries = fragments.map(({ index, at, leafBytes }) => {
    const entry: FragmentEntry = { at, stripes, bytes: fragmentBytes(manifest) + leafBytes, from };
    rest.push({ key: fragmentKey(rootHex, index), value: encodeFragment(entry) });
    return [index, entry] as const;
  });
  if (object !== undefined) {
    rest.push({ key: objectKey(object.root), value: encodeObject(object) });
  }
  const batches = leafBatches(rootHex, fragments, rest);
  const keys = fragments.map(({ index }) => leavesKey(rootHex, index));
  return { batches, entries, early: batches.length === 1 ? [] : keys };
}

/**
 * Leaf lists of a large object would be in memory several times if all were written in one batch: but for the last
 * ones they go before, under a record that names them, so that a start after a crash finds what belongs to nothing.
 * @param rest what makes them count, with the last ones
 */
export function leafBatches(
  root: string,
  fragments: readonly Laid[],
  rest: readonly RecordWrite[],
): readonly Batch[] {
  const groups = groupsOf(fragments);
  const roomBytes = Math.max(0, ...groups.map(recordBytes));
  let room: Uint8Array | undefined;
  const writesOf = (group: readonly Laid[]): readonly RecordWrite[] => {
    room ??= new Uint8Array(roomBytes);
    let at = 0;
    const writes: RecordWrite[] = [];
    for (const { index, leafBytes, writeLeaves } of group) {
      const record = room.subarray(at, at + LEAVES_HEAD_BYTES + leafBytes);
      writeLeaves(record.subarray(LEAVES_HEAD_BYTES));
      writes.push({ key: leavesKey(root, index), value: completeLeaves(record) });
      at += record.length;
    }
    return writes;
  };
  const last = groups.pop() ?? [];
  if (groups.length === 0) return [() => [...rest, ...writesOf(last)]];
  const key = pendingKey(root, fragments);
  const named = encodePending(groups.flat().map(({ index }) => index));
  return [
    ...groups.map(
      (group, at): Batch =>
        () => [...(at === 0 ? [{ key, value: named }] : []), ...writesOf(group)],
    ),
    () => [...rest, ...writesOf(last), { key, value: null }],
  ];
}

function recordBytes(group: readonly Laid[]): number {
  return group.reduce((sum, { leafBytes }) => sum + LEAVES_HEAD_BYTES + leafBytes, 0);
}

/** As many fragments together as have few enough bytes, one at least. */
function groupsOf(fragments: readonly Laid[]): Laid[][] {
  const groups: Laid[][] = [];
  for (const fragment of fragments) {
    const group = groups.at(-1);
    if (group === undefined || recordBytes([...group, fragment]) > COMMIT_LEAVES_BYTES) {
      groups.push([fragment]);
    } else group.push(fragment);
  }
  return groups;
}

/** Writes one batch after another; `done` comes after the last, or with the first error. */
export function writeInTurn(
  records: RecordStore,
  batches: readonly Batch[],
  done: (error: DiskError | null) => void,
): void {
  const [first, ...rest] = batches;
  if (first === undefined) {
    done(null);
    return;
  }
  records.write(first(), (error) => {
    if (error === null) writeInTurn(records, rest, done);
    else done(error);
  });
}

/**
 * Takes back what was written early for fragments that are not there.
 * @param gone those of the fragments of the commit
 */
export function removalOf(
  root: string,
  fragments: readonly Laid[],
  gone: readonly Laid[],
): readonly RecordWrite[] {
  return [
    ...gone.map(({ index }) => ({ key: leavesKey(root, index), value: null })),
    { key: pendingKey(root, fragments), value: null },
  ];
}

/** Two puts of the same bytes have the same root: each has a record of its own, named by its job. */
function pendingKey(root: string, fragments: readonly Laid[]): string {
  return `${PENDING_PREFIX}${root}/${fragments[0]?.at ?? ""}`;
}
