import { toHex, utf8 } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { type PeerId, peerIdToBytes } from "../../identity/index.ts";
import { Reader, WireError, Writer } from "../../wire/index.ts";
import { POST_FRAME_BYTES_MAX } from "../limits.ts";
import { COPIES_MAX, HINTS_MAX } from "./limits.ts";

/** Bytes of a hint, and of a parcel's id. */
export const HINT_BYTES = 8;
const ID_CONTEXT = utf8("peernet parcel v1");
const HINT_CONTEXT = utf8("peernet hint v1");
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Days count modulo this. */
const DAYS = 65_536;
const AGE_MINUTES_MAX = 0xffff_ffff;

/** Whom a parcel is for, told only to those who know them. */
export interface Address {
  /** Days since 1970 by its sender's clock: hints change with it. */
  readonly day: number;
  /** The recipient's hint first, then those of devices that hold letters for it; hexadecimal. */
  readonly hints: readonly string[];
}

/** A sealed frame on its way by the hands of others. */
export interface Parcel {
  /** The frame of a ratchet channel. */
  readonly frame: Uint8Array;
  /** Whom it is for. */
  readonly address: Address;
  /** How long it has been under way, in milliseconds; a multiple of a minute. */
  readonly ageMs: number;
  /** How many copies whoever holds this one may make of it, this one counted. */
  readonly copies: number;
}

/** Names a parcel by its frame: 16 hexadecimal digits. */
export function parcelId(suite: CryptoSuite, frame: Uint8Array): string {
  return toHex(suite.sha256(ID_CONTEXT, frame).subarray(0, HINT_BYTES));
}

/** The hint that parcels of one day are for a device. Who does not know the device learns nothing. */
export function hintOf(suite: CryptoSuite, day: number, device: PeerId): string {
  const days = new Writer(2).u16(day).done();
  return toHex(suite.sha256(HINT_CONTEXT, days, peerIdToBytes(device)).subarray(0, HINT_BYTES));
}

/** The address of parcels that are sealed now. */
export function addressOf(
  suite: CryptoSuite,
  wallMs: number,
  device: PeerId,
  anchors: readonly PeerId[],
): Address {
  const day = Math.max(0, Math.floor(wallMs / DAY_MS)) % DAYS;
  const all = [device, ...anchors.filter((id) => id !== device)].slice(0, HINTS_MAX);
  return { day, hints: all.map((id) => hintOf(suite, day, id)) };
}

/** An address in bytes: day (2), hints (1, then 8 each). */
export function writeAddress(writer: Writer, { day, hints }: Address): void {
  writer.u16(day).u8(hints.length);
  for (const hint of hints) writer.bytes(hexBytes(hint));
}

/** @throws WireError */
export function readAddress(reader: Reader): Address {
  const day = reader.u16();
  const count = reader.u8();
  if (count < 1 || count > HINTS_MAX) throw new WireError("out-of-range", "A parcel needs hints.");
  return { day, hints: Array.from({ length: count }, () => toHex(reader.bytes(HINT_BYTES))) };
}

/** A parcel in bytes: copies (1), age in minutes (4), address, frame. */
export function encodeParcel({ frame, address, ageMs, copies }: Parcel): Uint8Array {
  const writer = new Writer(frame.length + 48);
  const minutes = Math.min(AGE_MINUTES_MAX, Math.floor(Math.max(0, ageMs) / MINUTE_MS));
  writeAddress(writer.u8(copies).u32(minutes), address);
  return writer.bytes(frame).done();
}

/** @throws WireError for anything that is no parcel */
export function decodeParcel(bytes: Uint8Array): Parcel {
  const reader = new Reader(bytes);
  const copies = reader.u8();
  if (copies < 1 || copies > COPIES_MAX) throw new WireError("out-of-range", "Too many copies.");
  const ageMs = reader.u32() * MINUTE_MS;
  const address = readAddress(reader);
  if (reader.left === 0 || reader.left > POST_FRAME_BYTES_MAX) {
    throw new WireError("too-large", "A parcel is empty or too large.");
  }
  return { frame: reader.rest().slice(), address, ageMs, copies };
}

/** The bytes of hexadecimal digits that our own code made. */
export function hexBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}
