import type { Log, RecordStore } from "../../ports/index.ts";
import { WireError } from "../../wire/index.ts";
import { storeErrorOf } from "../disk-errors.ts";
import type { StoreError } from "../errors.ts";

/** Reads all records under a prefix; damaged ones are left out. */
export function loadAll<T>(
  { records, log }: { readonly records: RecordStore; readonly log: Log },
  prefix: string,
  decode: (bytes: Uint8Array) => T,
  done: (error: StoreError | undefined, found: ReadonlyMap<string, T>) => void,
): void {
  records.scan(prefix, (error, entries) => {
    const found = new Map<string, T>();
    if (error !== null) {
      done(storeErrorOf(error), found);
      return;
    }
    for (const { key, value } of entries) {
      try {
        found.set(key.slice(prefix.length), decode(value));
      } catch (cause) {
        if (!(cause instanceof WireError)) throw cause;
        log.warn("record left out because it is damaged", { key, reason: cause.code });
      }
    }
    done(undefined, found);
  });
}
