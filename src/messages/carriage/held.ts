import type { PeerId } from "../../identity/index.ts";
import type { Clock, RecordWrite } from "../../ports/index.ts";
import { Reader, WireError, Writer } from "../../wire/index.ts";
import { PARCELS_MAX } from "./limits.ts";
import { type Address, decodeParcel, encodeParcel, type Parcel } from "./parcel.ts";

/** Prefix of parcels that are held and carried for others. */
export const HELD = "messages/h/";

/** For whom a parcel takes room here. */
export type Account =
  /** Held for this owner, who has asked for it. */
  | { readonly t: "owner"; readonly device: PeerId }
  /** Carried for this contact, who gave it. */
  | { readonly t: "edge"; readonly device: PeerId }
  /** Carried for somebody who is no contact. */
  | { readonly t: "stranger" };

/** A parcel that is here; its frame is on disk. */
export interface Held {
  readonly id: string;
  /** The tag of its frame; undefined for a first contact. */
  readonly tag: number | undefined;
  readonly account: Account;
  readonly address: Address;
  readonly copies: number;
  /** What it takes of its account's room. */
  readonly sizeBytes: number;
  /** Monotonic time at which its age was 0. */
  readonly bornMs: number;
  /** How old it may become, in milliseconds. */
  readonly lifeMs: number;
}

/** A parcel with what is kept about it. */
export interface HeldRecord {
  readonly account: Account;
  readonly lifeMs: number;
  /** Wall-clock time at which it was written. */
  readonly wallMs: number;
  readonly parcel: Parcel;
}

/** Key of a parcel. */
export function heldKey(id: string): string {
  return HELD + id;
}

/** The record of a parcel. */
export function heldWrite(
  id: string,
  { account, lifeMs, wallMs, parcel }: HeldRecord,
): RecordWrite {
  const bytes = encodeParcel(parcel);
  const writer = new Writer(bytes.length + 64);
  writer.u8(1).u48(Math.max(0, wallMs)).u48(lifeMs);
  writer.text(account.t).text(account.t === "stranger" ? "" : account.device);
  return { key: heldKey(id), value: writer.bytes(bytes).done() };
}

/** @throws WireError where the record is damaged */
export function decodeHeld(bytes: Uint8Array): HeldRecord {
  const reader = new Reader(bytes);
  if (reader.u8() !== 1) throw new WireError("version", "A held parcel is of another version.");
  const wallMs = reader.u48();
  const lifeMs = reader.u48();
  const t = textOf(reader);
  const device = textOf(reader);
  const parcel = decodeParcel(reader.rest());
  if (t === "stranger") return { account: { t }, lifeMs, wallMs, parcel };
  if (t !== "owner" && t !== "edge") throw new WireError("malformed", "Whose parcel is that?");
  return { account: { t, device }, lifeMs, wallMs, parcel };
}

function textOf(reader: Reader): string {
  const length = reader.varint();
  return String.fromCharCode(...reader.bytes(Math.min(length, 64)));
}

/** All parcels that are here for others, and how much room each account takes. */
export class HeldParcels {
  readonly #clock: Clock;
  readonly #all = new Map<string, Held>();
  readonly #bytes = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#all.size;
  }

  get isFull(): boolean {
    return this.#all.size >= PARCELS_MAX;
  }

  all(): Iterable<Held> {
    return this.#all.values();
  }

  /** What is here for an owner, or without one for those for whom this device is a courier. */
  sumOf(owner: PeerId | undefined): { letters: number; bytes: number } {
    let letters = 0;
    let bytes = 0;
    for (const { account, sizeBytes } of this.all()) {
      const isMeant = account.t === "owner" ? account.device === owner : owner === undefined;
      if (!isMeant) continue;
      letters++;
      bytes += sizeBytes;
    }
    return { letters, bytes };
  }

  get(id: string): Held | undefined {
    return this.#all.get(id);
  }

  put(held: Held): void {
    this.remove(held.id);
    this.#all.set(held.id, held);
    this.#count(held, 1);
  }

  remove(id: string): void {
    const held = this.#all.get(id);
    if (held === undefined) return;
    this.#all.delete(id);
    this.#count(held, -1);
  }

  /** Bytes that one account takes. */
  bytesOf(account: Account): number {
    return this.#bytes.get(nameOf(account)) ?? 0;
  }

  /** Bytes of all that is carried as a courier. */
  courierBytes(): number {
    return this.#bytes.get("courier") ?? 0;
  }

  /** Parcels that have become too old. */
  expired(): readonly Held[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#all.values()].filter(({ bornMs, lifeMs }) => nowMs - bornMs >= lifeMs);
  }

  /** Monotonic time at which the first parcel becomes too old. */
  firstExpiryMs(): number {
    let firstMs = Number.POSITIVE_INFINITY;
    for (const { bornMs, lifeMs } of this.#all.values()) {
      firstMs = Math.min(firstMs, bornMs + lifeMs);
    }
    return firstMs;
  }

  #count({ account, sizeBytes }: Held, sign: 1 | -1): void {
    const names = account.t === "owner" ? [nameOf(account)] : [nameOf(account), "courier"];
    for (const name of names) {
      const bytes = (this.#bytes.get(name) ?? 0) + sign * sizeBytes;
      if (bytes > 0) this.#bytes.set(name, bytes);
      else this.#bytes.delete(name);
    }
  }
}

function nameOf(account: Account): string {
  return account.t === "stranger" ? "stranger" : `${account.t} ${account.device}`;
}
