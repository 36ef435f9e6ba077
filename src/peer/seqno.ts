import type { DiskError, RecordStore } from "../ports/index.ts";
import { Reader, Writer } from "../wire/index.ts";
import { SEQNO_BLOCK } from "./limits.ts";

const KEY = "peer/seqno";

/** The first sequence number that was never used before, for the routing room. */
export function loadSeqno(
  records: RecordStore,
  done: (error: DiskError | null, seqno: number) => void,
): void {
  records.scan(KEY, (error, found) => {
    const value = found.find(({ key }) => key === KEY)?.value;
    const seqno = value?.length === 6 ? new Reader(value).u48() + 1 : 1;
    done(error, seqno);
  });
}

/**
 * Keeps on disk a number that no announcement has reached yet. Announcements are not held back by
 * it: the reserve is larger than what can be used up before a write is done, and where the disk
 * refuses for long and the peer restarts, routing jumps above what others remember of it.
 */
export class SeqnoKeeper {
  readonly #records: RecordStore;
  readonly #onError: (error: DiskError) => void;
  #reserved = 0;

  constructor(records: RecordStore, onError: (error: DiskError) => void) {
    this.#records = records;
    this.#onError = onError;
  }

  /** Makes sure that numbers up to `upTo` (and some more) will not be used again after a restart. */
  reserve(upTo: number): void {
    if (upTo <= this.#reserved) return;
    this.#reserved = upTo + SEQNO_BLOCK;
    const value = new Writer(6).u48(this.#reserved).done();
    this.#records.write([{ key: KEY, value }], (error) => {
      if (error === null) return;
      this.#reserved = 0;
      this.#onError(error);
    });
  }
}
