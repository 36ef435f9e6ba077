import { TypedError } from "../base/errors.ts";
import { DiskError } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import { checkpointKey, decodeKept } from "./checkpoints/kept.ts";
import type { GroupsContext } from "./context.ts";
import { decodeFormer, FORMER, type FormerOps } from "./former.ts";
import { Group } from "./group.ts";
import {
  decodeGroup,
  GROUPS,
  type GroupRecord,
  leasesPrefix,
  opsPrefix,
  pagesPrefix,
} from "./group-record.ts";
import { readLease } from "./lease.ts";
import { readSkeleton } from "./log/index.ts";

/** Reads all groups, one after another, and what is remembered of former ones. */
export function loadGroups(
  context: GroupsContext,
  done: (error: DiskError | null, groups: readonly Group[], former: FormerOps) => void,
): void {
  context.records.scan(GROUPS, (error, found) => {
    context.records.scan(FORMER, (formerError, before) => {
      const failure = error ?? formerError;
      if (failure !== null) {
        done(failure, [], new Map());
        return;
      }
      const records: GroupRecord[] = [];
      const former: FormerOps = new Map();
      try {
        for (const { value } of found) records.push(decodeGroup(value));
        for (const { key, value } of before)
          former.set(key.slice(FORMER.length), decodeFormer(value));
      } catch (cause) {
        if (!(cause instanceof WireError)) throw cause;
        const words = "What is kept of a group is damaged.";
        done(new DiskError("corrupt", words, { cause }), [], former);
        return;
      }
      loadNext(context, records, [], (loadError, groups) => done(loadError, groups, former));
    });
  });
}

function loadNext(
  context: GroupsContext,
  records: GroupRecord[],
  groups: Group[],
  done: (error: DiskError | null, groups: readonly Group[]) => void,
): void {
  const record = records.shift();
  if (record === undefined) {
    done(null, groups);
    return;
  }
  scanAll(
    context,
    [
      ...[opsPrefix(record.id), pagesPrefix(record.id)],
      ...[leasesPrefix(record.id), checkpointKey(record.id)],
    ],
    (error, [ops = [], pages = [], leases = [], checkpoints = []]) => {
      if (error !== null) {
        done(error, []);
        return;
      }
      try {
        const kept = { ops: ops.map(contentOf), pages: pages.map(contentOf) };
        const group = new Group(context, record, kept, readBegun(context, checkpoints[0]?.value));
        for (const { value } of leases) takeLease(context, group, value);
        groups.push(group);
        writePages(context, group);
      } catch (cause) {
        if (!(cause instanceof TypedError)) throw cause;
        const words = `What is kept of the group '${record.label}' is damaged.`;
        done(new DiskError("corrupt", words, { cause }), []);
        return;
      }
      loadNext(context, records, groups, done);
    },
  );
}

type Scanned = readonly { readonly key: string; readonly value: Uint8Array }[];

/** What is kept under each of the beginnings. */
function scanAll(
  context: GroupsContext,
  prefixes: readonly string[],
  done: (error: DiskError | null, found: readonly Scanned[]) => void,
  before: readonly Scanned[] = [],
): void {
  const [prefix, ...rest] = prefixes;
  if (prefix === undefined) {
    done(null, before);
    return;
  }
  context.records.scan(prefix, (error, found) => {
    if (error !== null) done(error, []);
    else scanAll(context, rest, done, [...before, found]);
  });
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
  const lease = readLease(context.suite, context.vouching, group.id, bytes);
  group.freshness.restore(lease);
}
