import { equalAt } from "../../../base/bytes.ts";
import type { PeerId } from "../../../identity/index.ts";
import { Reader, WireError, Writer } from "../../../wire/index.ts";
import { parseIp } from "../../addresses.ts";
import { LEASE_MTU_BYTES_MAX, LEASE_MTU_BYTES_MIN, LEASES_MAX } from "./limits.ts";

const LEASE_VERSION = 1;
/** Bytes of an encoded lease. */
export const LEASE_BYTES = 24;
/** Addresses of full tunnels: for measurements (RFC 2544), so in hardly any network. */
export const POOL_4 = "198.18.0.0/16";
/** The half of fc00::/7 that nobody assigns (RFC 4193 section 3.1). */
export const POOL_6 = "fc00:7065:6572:6e65::/64";
/** The exit's own addresses, where names are asked. */
export const EXIT_4 = "198.18.0.1";
/** The same for IPv6. */
export const EXIT_6 = "fc00:7065:6572:6e65::1";

const exit4 = parseIp(EXIT_4) ?? new Uint8Array(4);
const exit6 = parseIp(EXIT_6) ?? new Uint8Array(16);
/** Addresses below belong to the exit. */
const FIRST_HOST = 256;

/** What a user of a full tunnel is given. */
export interface Lease {
  /** Its addresses inside the tunnel, 4 and 16 bytes. */
  readonly address4: Uint8Array;
  readonly address6: Uint8Array;
  /** Largest packet, in bytes. */
  readonly mtuBytes: number;
  /** Whether names can be asked at `EXIT_4` and `EXIT_6`. */
  readonly names4: boolean;
  readonly names6: boolean;
}

/** Whether the address at `at` is that of the exit. */
export function isExitAddress(bytes: Uint8Array, at: number, addressBytes: number): boolean {
  return equalAt(bytes, at, addressBytes === 4 ? exit4 : exit6, 0, addressBytes);
}

/** The addresses of the user in a place of the pool. */
export function addressesOf(place: number): Pick<Lease, "address4" | "address6"> {
  const host = FIRST_HOST + place;
  const [address4, address6] = [exit4.slice(), exit6.slice()];
  for (const address of [address4, address6]) {
    address[address.length - 2] = host >> 8;
    address[address.length - 1] = host & 0xff;
  }
  return { address4, address6 };
}

/** The place in the pool of the address at `at`; -1 where it is none. */
export function placeOf(bytes: Uint8Array, at: number, addressBytes: number): number {
  const exit = addressBytes === 4 ? exit4 : exit6;
  if (!equalAt(bytes, at, exit, 0, addressBytes - 2)) return -1;
  const host = (bytes[at + addressBytes - 2] ?? 0) * 256 + (bytes[at + addressBytes - 1] ?? 0);
  const place = host - FIRST_HOST;
  return place >= 0 && place < LEASES_MAX ? place : -1;
}

/** The bytes of a lease (docs/protocol/gateway.md section 7). */
export function encodeLease(lease: Lease): Uint8Array {
  const flags = (lease.names4 ? 1 : 0) | (lease.names6 ? 2 : 0);
  const writer = new Writer(LEASE_BYTES).u8(LEASE_VERSION).u8(flags).u16(lease.mtuBytes);
  return writer.bytes(lease.address4).bytes(lease.address6).done();
}

/**
 * What an exit gives. Only addresses of the pool: others would stand for machines of our own.
 * @throws WireError
 */
export function decodeLease(bytes: Uint8Array): Lease {
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== LEASE_VERSION) {
    throw new WireError("version", `Version ${version} of full tunnels is not known here.`);
  }
  const flags = reader.u8();
  const mtuBytes = reader.u16();
  const [address4, address6] = [reader.bytes(4).slice(), reader.bytes(16).slice()];
  const isOurs = placeOf(address4, 0, 4) >= 0 && placeOf(address6, 0, 16) >= 0;
  const fits = mtuBytes >= LEASE_MTU_BYTES_MIN && mtuBytes <= LEASE_MTU_BYTES_MAX;
  if (!isOurs || !fits || flags > 3 || reader.left > 0) {
    throw new WireError("out-of-range", "An exit gave addresses that are not for full tunnels.");
  }
  return {
    ...{ address4, address6, mtuBytes },
    ...{ names4: (flags & 1) !== 0, names6: (flags & 2) !== 0 },
  };
}

/** Who has which place of the pool. A peer keeps its place until somebody else needs it. */
export class LeasePool {
  readonly #places = new Map<PeerId, number>();

  /**
   * The place of a peer; undefined where all are in use.
   * @param isInUse whether a place may not be taken from its peer
   */
  take(peer: PeerId, isInUse: (place: number) => boolean): number | undefined {
    const known = this.#places.get(peer);
    if (known !== undefined) {
      // The order says who used it last.
      this.#places.delete(peer);
      this.#places.set(peer, known);
      return known;
    }
    const place = this.#places.size < LEASES_MAX ? this.#places.size : this.#free(isInUse);
    if (place !== undefined) this.#places.set(peer, place);
    return place;
  }

  #free(isInUse: (place: number) => boolean): number | undefined {
    for (const [peer, place] of this.#places) {
      if (isInUse(place)) continue;
      this.#places.delete(peer);
      return place;
    }
    return undefined;
  }
}
