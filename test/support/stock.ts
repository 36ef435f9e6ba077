import type { Agreement } from "../../src/messages/carriage/agreements.ts";
import { Anchors } from "../../src/messages/carriage/anchors.ts";
import { HintDirectory } from "../../src/messages/carriage/directory.ts";
import { addressOf, type Parcel } from "../../src/messages/carriage/parcel.ts";
import { Stock, type StockOptions } from "../../src/messages/carriage/stock.ts";
import { Ledger } from "../../src/messages/ledger.ts";
import type { RatchetDoor } from "../../src/messages/ratchet/types.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";
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
const records = {
  write: (_batch: unknown, done: (error: null) => void) => done(null),
  scan: (_prefix: string, done: (error: null, found: []) => void) => done(null, []),
};

/** The first byte of a frame is its kind here, the second its tag. */
const ratchet = {
  readFrameHead: (_suite: unknown, frame: Uint8Array) =>
    frame[0] === 0 ? { kind: "first", channelId: "c" } : { kind: "message", tag: frame[1] ?? 0 },
} as unknown as RatchetDoor;

/** A stock that holds for OWNER; FRIEND is a contact. */
export function stockWithOwner(): {
  stock: Stock;
  anchors: Anchors;
  clock: ManualClock;
  options: StockOptions;
} {
  const clock = new ManualClock();
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
  return { stock: new Stock(options), anchors, clock, options };
}

/** A parcel; `head` is the kind and the tag of its frame. */
export function parcel(to: string, sizeBytes: number, head: readonly number[] = [1, 1]): Parcel {
  const frame = new Uint8Array(sizeBytes);
  frame.set(head);
  return { frame, address: addressOf(suite, 0, to, []), ageMs: 0, copies: 1 };
}
