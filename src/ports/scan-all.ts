import type { DiskError, RecordStore } from "./disk.ts";

/** Records as they are kept, in key order. */
export type Scanned = readonly { readonly key: string; readonly value: Uint8Array }[];

/** What is kept under each of the beginnings of keys, read one after another; ends with the first error. */
export function scanAll(
  records: Pick<RecordStore, "scan">,
  prefixes: readonly string[],
  done: (error: DiskError | null, found: readonly Scanned[]) => void,
  before: readonly Scanned[] = [],
): void {
  const [prefix, ...rest] = prefixes;
  if (prefix === undefined) {
    done(null, before);
    return;
  }
  records.scan(prefix, (error, found) => {
    if (error !== null) done(error, []);
    else scanAll(records, rest, done, [...before, found]);
  });
}
