import type { DiskError, RecordStore, RecordWrite } from "../ports/index.ts";
import { GroupsError } from "./errors.ts";

/** A disk error in the words of this room. */
export function explain(cause: DiskError): GroupsError {
  return cause.code === "full"
    ? new GroupsError("disk-full", "The disk is full. Free some space and try again.", { cause })
    : new GroupsError("disk", "The disk failed; nothing was changed.", { cause });
}

/** Removes all records whose keys begin so, one beginning after the other. */
export function clearRecords(
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
