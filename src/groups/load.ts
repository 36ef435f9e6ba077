import { attempt } from "../base/attempt.ts";
import { TypedError } from "../base/errors.ts";
import { DiskError, type RecordWrite, type Scanned, scanAll } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import { checkpointKey, decodeKept } from "./checkpoints/kept.ts";
import type { GroupsContext } from "./context.ts";
import { GroupsError } from "./errors.ts";
import { decodeFormer, FORMER, type FormerOps } from "./former.ts";
import { Group } from "./group.ts";
import {
  decodeGroup,
  GROUPS,
  type GroupRecord,
  leasesPrefix,
  opKey,
  opsPrefix,
  pagesPrefix,
} from "./group-record.ts";
import { readLease } from "./lease.ts";
import { readSkeleton } from "./log/index.ts";
import { placesOf } from "./mend.ts";
import { decodeUnsure, UNSURE } from "./surety.ts";

/** Reads all groups, one after another, and what is remembered of former ones. */
export function loadGroups(
  context: GroupsContext,
  done: (error: DiskError | null, groups: readonly Group[], former: FormerOps) => void,
): void {
  scanAll(
    context.records,
    [GROUPS, FORMER, UNSURE],
    (error, [found = [], before = [], unsure = []]) => {
      if (error !== null) {
        done(error, [], new Map());
        return;
      }
      const loading: Loading = { records: [], groups: [], unsure: new Map(), due: [] };
      const former: FormerOps = new Map();
      for (const { key, value } of unsure) {
        loading.unsure.set(key.slice(UNSURE.length), decodeUnsure(value) ?? true);
      }
      try {
        for (const { value } of found) loading.records.push(decodeGroup(value));
        for (const { key, value } of before)
          former.set(key.slice(FORMER.length), decodeFormer(value));
      } catch (cause) {
        if (!(cause instanceof WireError)) throw cause;
        const words = "What is kept of a group is damaged.";
        done(new DiskError("corrupt", words, { cause }), [], former);
        return;
      }
      loadNext(context, loading, (loadError) => done(loadError, loading.groups, former));
    },
  );
}

interface Loading {
  readonly records: GroupRecord[];
  readonly groups: Group[];
  /** Groups in which this device was unsure already, and whether their logs were cut. */
  readonly unsure: Map<string, boolean>;
  /** What the disk must have before the start goes on. */
  readonly due: RecordWrite[];
}

function loadNext(
  context: GroupsContext,
  loading: Loading,
  done: (error: DiskError | null) => void,
): void {
  const record = loading.records.shift();
  if (record === undefined) {
    // Where this was not kept, a start after this one would not know of it.
    if (loading.due.length === 0) done(null);
    else context.records.write(loading.due, done);
    return;
  }
  scanAll(
    context.records,
    [
      ...[opsPrefix(record.id), pagesPrefix(record.id)],
      ...[leasesPrefix(record.id), checkpointKey(record.id)],
    ],
    (error, [ops = [], pages = [], leases = [], checkpoints = []]) => {
      if (error !== null) {
        done(error);
        return;
      }
      try {
        const found = { ops, pages, checkpoint: checkpoints[0]?.value };
        const group = openGroup(context, record, found, loading);
        for (const { value } of leases) takeLease(context, group, value);
        loading.groups.push(group);
        writePages(context, group);
      } catch (cause) {
        if (!(cause instanceof TypedError)) throw cause;
        done(new DiskError("corrupt", brokenWords(record.label), { cause }));
        return;
      }
      loadNext(context, loading, done);
    },
  );
}

const brokenWords = (label: string): string =>
  `What is kept of the group '${label}' is damaged, or parts of it are missing. Nothing was changed. If you have a copy of the whole home directory, put it back. Without one, 'peernet up --salvage' goes on with the part of the group that is whole; the rest comes back from other members.`;

interface Found {
  readonly ops: Scanned;
  readonly pages: Scanned;
  readonly checkpoint: Uint8Array | undefined;
}

/** @throws TypedError where it is damaged and may not be mended */
function openGroup(
  context: GroupsContext,
  record: GroupRecord,
  found: Found,
  { unsure, due }: Loading,
): Group {
  const { id } = record;
  try {
    const { ops, pages } = found;
    if (ops.some(({ key }, place) => key !== opKey(id, place))) {
      throw new GroupsError("gap", "Records of operations are missing.");
    }
    const kept = { ops: ops.map(contentOf), pages: pages.map(contentOf) };
    const group = new Group(context, record, kept, readBegun(context, found.checkpoint));
    const wasCut = unsure.get(id);
    if (wasCut === undefined && context.isCopied !== true) return group;
    due.push(group.surety.doubt(wasCut ?? false));
    return group;
  } catch (cause) {
    if (context.salvages !== true || !(cause instanceof TypedError)) throw cause;
    return mendGroup(context, record, found);
  }
}

/** Goes on with the part of a group that is whole, and tells how much is not. */
function mendGroup(context: GroupsContext, record: GroupRecord, { ops, checkpoint }: Found): Group {
  const { id, label } = record;
  const brokenPlaces = placesOf(
    id,
    ops.map(({ key }) => key),
  );
  const kept = { ops: ops.map(contentOf), pages: [], brokenPlaces };
  const begun = readableCheckpoint(context, checkpoint);
  const group = new Group(context, record, kept, begun);
  const isGone = checkpoint !== undefined && begun === undefined;
  const gone = isGone ? [{ key: checkpointKey(id), value: null }] : [];
  group.mend([...gone, group.surety.doubt(true)]);
  const keptOps = group.log.ops.size - group.log.ops.thinOps;
  const loss = { id, label, keptOps, lostOps: brokenPlaces - keptOps };
  context.log.warn("a group was mended", { ...loss });
  context.onMended?.(loss);
  return group;
}

function readableCheckpoint(
  context: GroupsContext,
  value: Uint8Array | undefined,
): ReturnType<typeof readBegun> {
  return attempt(() => readBegun(context, value)).value;
}

/** The checkpoint with which the group began here, where its history has not come yet. */
function readBegun(
  { suite, vouching }: GroupsContext,
  value: Uint8Array | undefined,
): ConstructorParameters<typeof Group>[3] {
  if (value === undefined) return undefined;
  const checkpoint = decodeKept(value);
  return { ops: readSkeleton(suite, vouching, checkpoint.skeleton), checkpoint };
}

const contentOf = ({ value }: { readonly value: Uint8Array }): Uint8Array => value;

/** Only the next start is slower where this fails. */
function writePages({ records, log }: GroupsContext, group: Group): void {
  const due = group.takePagesDue();
  if (due.length === 0) return;
  records.write(due, (error) => {
    if (error !== null) log.warn("a group's pages were not kept", { code: error.code });
  });
}

/** A word that fitted when it was kept, but an epoch of before the start is not remembered. */
function takeLease(context: GroupsContext, group: Group, bytes: Uint8Array): void {
  if (group.log.ops.size === 0) return;
  try {
    group.freshness.restore(readLease(context.suite, context.vouching, group.id, bytes));
  } catch (error) {
    // Others repeat their words.
    if (context.salvages !== true || !(error instanceof TypedError)) throw error;
  }
}
