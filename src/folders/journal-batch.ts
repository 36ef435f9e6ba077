import type { TypedError } from "../base/errors.ts";
import type { RecordWrite } from "../ports/index.ts";
import type { EntryWriter } from "./operation.ts";
import type { WriterLog } from "./writer-log.ts";

/** An entry of ours that further changes of the same batch may join. */
export interface OpenEntry {
  readonly log: WriterLog;
  readonly seq: number;
  readonly writer: EntryWriter;
  readonly lamport: number;
  readonly writtenAtMs: number;
}

/** Changes that go to the disk together. */
export interface Batch {
  readonly writes: RecordWrite[];
  /** The entries among the writes. */
  readonly entries: RecordWrite[];
  /** The logs that grew, and where they end with this batch. */
  readonly heads: Map<WriterLog, WriterLog["head"]>;
  /** Who is told how it went. */
  readonly settled: ((error: TypedError | null) => void)[];
  /** Length of the entries. */
  bytes: number;
  open: OpenEntry | undefined;
}

/** A batch without changes. */
export function emptyBatch(): Batch {
  return {
    writes: [],
    entries: [],
    heads: new Map(),
    settled: [],
    bytes: 0,
    open: undefined,
  };
}
