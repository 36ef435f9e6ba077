import type { Agreement } from "../../src/messages/carriage/agreements.ts";
import { Anchors } from "../../src/messages/carriage/anchors.ts";
import { HintDirectory } from "../../src/messages/carriage/directory.ts";
import { addressOf, type Parcel } from "../../src/messages/carriage/parcel.ts";
import { Stock, type StockOptions } from "../../src/messages/carriage/stock.ts";
import { Ledger } from "../../src/messages/ledger.ts";
import type { RatchetDoor } from "../../src/messages/ratchet/types.ts";
import {
  type DiskError,
  type RecordStore,
  type RecordWrite,
  SILENT_LOG,
} from "../../src/ports/index.ts";
import { ManualClock } from "../../src/testing/index.ts";
import { suite } from "./village.ts";

export const OWNER: string = `fd${"1".repeat(30)}`;
export const FRIEND: string = `fd${"2".repeat(30)}`;
export const STRANGER: string = `fd${"3".repeat(30)}`;
export const SELF: string = `fd${"4".repeat(30)}`;
export const DAY_MS = 86_400_000;
/** Bytes that were agreed with the owner. */
export const BYTES = 20_480;

/** A disk that has everything at once. */
export class QuickRecords implements RecordStore {
  readonly written: RecordWrite[] = [];
  /** Fails all that is written from now on. */
  error: DiskError | null = null;

  write(batch: readonly RecordWrite[], done: (error: DiskError | null) => void): void {
    if (this.error === null) this.written.push(...batch);
    done(this.error);
  }

  scan(_prefix: string, done: (error: null, found: []) => void): void {
    done(null, []);
  }
}

/** The first byte of a frame is its kind here, the second its tag. */
const ratchet = {
  readFrameHead: (_suite: unknown, frame: Uint8Array) =>
    frame[0] === 0 ? { kind: "first", channelId: "c" } : { kind: "message", tag: frame[1] ?? 0 },
} as unknown as RatchetDoor;

/** A stock that holds for OWNER; FRIEND is a contact. The wall clock begins at `wallMs`. */
export function stockWithOwner(wallMs = 0): {
  stock: Stock;
  anchors: Anchors;
  clock: ManualClock;
  records: QuickRecords;
  options: StockOptions;
} {
  const clock = new ManualClock();
  clock.setWallMs(wallMs);
  const records = new QuickRecords();
  const ledger = new Ledger(records);
  const personOf = (device: string) => (/^fd[39]/.test(device) ? undefined : "p");
  const correspondents = {
    ...{ personOf, byPerson: () => undefined, admit: () => undefined },
    ...{ all: () => [], own: () => [] },
  };
  const post = { enqueue: () => 1 } as never;
  const anchors = new Anchors({
    ...{ clock, log: SILENT_LOG, ledger, post, correspondents },
    onChanged: () => undefined,
    onQueued: () => undefined,
  });
  const agreed = {
    device: OWNER,
    role: "owner",
    state: "agreed",
    bytesMax: BYTES,
    days: 7,
  } as const;
  const agreement: Agreement = { ...agreed, sinceMs: 0 };
  anchors.load([agreement], new Map([[OWNER, [1, 2, 3]]]), new Map(), new Map());
  const directory = new HintDirectory(suite);
  for (const device of [OWNER, FRIEND, STRANGER]) directory.add(device);
  const common = { self: SELF, suite, clock, log: SILENT_LOG, records, ledger, ratchet };
  const options = { ...common, correspondents, anchors, directory };
  return { stock: new Stock(options), anchors, clock, records, options };
}

/** A parcel; `head` is the kind and the tag of its frame. */
export function parcel(to: string, sizeBytes: number, head: readonly number[] = [1, 1]): Parcel {
  const frame = new Uint8Array(sizeBytes);
  frame.set(head);
  return { frame, address: addressOf(suite, 0, to, []), ageMs: 0, copies: 1 };
}
