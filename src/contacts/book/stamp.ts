import { compareBytes } from "../../base/bytes.ts";
import type { PeerId } from "../../identity/index.ts";
import { Reader, Writer } from "../../wire/index.ts";
import { idBytes } from "../strangers/passages.ts";
import { EPOCH_MAX, VERSION_MAX } from "./limits.ts";

/** Bytes of a stamp: epoch (2), version (4), time (6), device (16), big-endian: compared as bytes. */
export const STAMP_BYTES = 28;

/** When and where something was decided; none: before anybody wrote it down. */
export type Stamp = Uint8Array;

/** What is older than every decision: what homes of before knew. */
export const NO_STAMP: Stamp = new Uint8Array(STAMP_BYTES);

const TIME_MAX = 2 ** 48 - 1;

/** The parts of a stamp. */
export interface StampParts {
  /** Revocations among the own devices that whoever decided knew of. */
  readonly epoch: number;
  /** How many decisions about this came one after another in this epoch; 0: nobody decided, it came so. */
  readonly version: number;
  /** Wall-clock time, milliseconds since 1970; decides between what nobody knew of each other. */
  readonly atMs: number;
  readonly device: PeerId;
}

/** Who decides here, and when. */
export type Here = Omit<StampParts, "version">;

/** The bytes of a stamp; what is out of bounds is cut to them. */
export function encodeStamp({ epoch, version, atMs, device }: StampParts): Stamp {
  return new Writer(STAMP_BYTES)
    .u16(within(epoch, EPOCH_MAX))
    .u32(within(version, VERSION_MAX))
    .u48(within(atMs, TIME_MAX))
    .bytes(idBytes(device))
    .done();
}

/** Epoch, version and time of a stamp. */
export function readStamp(stamp: Stamp): Omit<StampParts, "device"> {
  const reader = new Reader(stamp);
  return { epoch: reader.u16(), version: reader.u32(), atMs: reader.u48() };
}

/**
 * The stamp of a decision that is to count more than `before`. It does so whatever the clocks of the two devices
 * show: only decisions that knew nothing of each other are told apart by time.
 */
export function nextStamp(before: Stamp, here: Here): Stamp {
  const { epoch, version } = readStamp(before);
  const isNewEpoch = here.epoch > epoch;
  return encodeStamp({
    ...here,
    epoch: Math.max(here.epoch, epoch),
    version: isNewEpoch ? 1 : version + 1,
  });
}

/** The stamp of what nobody has decided, as a name that was free. */
export function firstStamp(here: Here): Stamp {
  return encodeStamp({ ...here, epoch: 0, version: 0 });
}

/** Whether nobody wrote down when this came. */
export function isUnstamped(stamp: Stamp): boolean {
  return compareBytes(stamp, NO_STAMP) === 0;
}

function within(value: number, most: number): number {
  return Math.min(Math.max(0, Math.floor(value)), most);
}
