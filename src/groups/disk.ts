import type { DiskError, RecordStore, RecordWrite } from "../ports/index.ts";
import { checkpointKey } from "./checkpoints/kept.ts";
import type { GroupsContext } from "./context.ts";
import { GroupsError } from "./errors.ts";
import type { Group } from "./group.ts";
import {
  encodeGroup,
  type GroupRecord,
  groupKey,
  leasesPrefix,
  opsPrefix,
  pagesPrefix,
} from "./group-record.ts";

/** A disk error in the words of this room. */
export function explain(cause: DiskError): GroupsError {
  return cause.code === "full"
    ? new GroupsError("disk-full", "The disk is full. Free some space and try again.", { cause })
    : new GroupsError("disk", "The disk failed; nothing was changed.", { cause });
}

/** Keeps a group's record. */
export function writeGroup(
  records: RecordStore,
  record: GroupRecord,
  done: (error: GroupsError | null) => void,
): void {
  records.write([{ key: groupKey(record.id), value: encodeGroup(record) }], (error) =>
    done(error === null ? null : explain(error)),
  );
}

/** Keeps a group's record where none was: what a crash in the middle of forgetting has left goes. */
export function writeNewGroup(
  records: RecordStore,
  record: GroupRecord,
  done: (error: GroupsError | null) => void,
): void {
  clearGroup(records, record.id, (error) => {
    if (error === null) writeGroup(records, record, done);
    else done(error);
  });
}

/** This person is in: the invite is of no use any more. */
export function settle({ records, log }: GroupsContext, group: Group): void {
  const record = { ...group.record, joining: undefined };
  group.record = record;
  writeGroup(records, record, (error) => {
    if (error !== null) log.warn("a group was not kept", { code: error.code });
  });
}

/** Removes a group's operations, their pages, leases and the checkpoint that it began with. */
export function clearGroup(
  records: RecordStore,
  id: string,
  done: (error: GroupsError | null) => void,
): void {
  const prefixes = [pagesPrefix(id), opsPrefix(id), leasesPrefix(id), checkpointKey(id)];
  clearRecords(records, prefixes, done);
}

/** Removes all records whose keys begin so, one beginning after the other. */
function clearRecords(
  records: RecordStore,
  prefixes: readonly string[],
  done: (error: GroupsError | null) => void,
): void {
  const [prefix, ...rest] = prefixes;
  if (prefix === undefined) {
    done(null);
    return;
  }
  records.scan(prefix, (error, found) => {
    if (error !== null) {
      done(explain(error));
      return;
    }
    const writes = found.map(({ key }): RecordWrite => ({ key, value: null }));
    records.write(writes, (failure) => {
      if (failure === null) clearRecords(records, rest, done);
      else done(explain(failure));
    });
  });
}
