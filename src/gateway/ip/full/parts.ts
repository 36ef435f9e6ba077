import { equalAt } from "../../../base/bytes.ts";
import type { PeerId } from "../../../identity/index.ts";
import type { Clock } from "../../../ports/index.ts";
import { isInternetAddress } from "../../addresses.ts";
import { u8 } from "../octets.ts";
import { OFFLOAD_BYTES } from "../offload.ts";
import type { InterfacePort } from "../types.ts";
import { LEASE_MTU_BYTES_MAX } from "./limits.ts";
import type { FullPacketRefusal } from "./packet.ts";

/** What either side of a full tunnel is made of. */
export interface FullTunnelOptions {
  readonly clock: Clock;
  /** Sends a copy of the bytes; false: dropped, there is no room. */
  readonly datagrams: { send(to: PeerId, bytes: Uint8Array): boolean };
  /** An interface without offloads: what comes out of it are ordinary packets. */
  readonly network: Pick<InterfacePort, "write" | "mtuBytes">;
}

/** Why a packet of a full tunnel was dropped. */
export type FullDropReason =
  | FullPacketRefusal
  /** From a peer: another kind of frame, or too large. */
  | "unknown-kind"
  | "too-big"
  /** There is no tunnel for it. */
  | "no-tunnel"
  /** Sent in another's name. */
  | "spoofed"
  /** To or from what is not the internet. */
  | "private"
  /** Nobody has asked for it. */
  | "not-for-us"
  | "quota"
  | "rate"
  /** The session had no room; the interface did not take it. */
  | "congested"
  | "interface";

/** What one side has done; all counters only grow. */
export interface FullTunnelCounters {
  sentPackets: number;
  receivedPackets: number;
  /** Packets dropped from the interface and from peers, by reason. */
  readonly droppedOut: Record<string, number>;
  readonly droppedIn: Record<string, number>;
}

/** Counters at zero. */
export function newFullTunnelCounters(): FullTunnelCounters {
  return { sentPackets: 0, receivedPackets: 0, droppedOut: {}, droppedIn: {} };
}

/** Counts a dropped packet. */
export function countFullDrop(table: Record<string, number>, reason: FullDropReason): void {
  table[reason] = (table[reason] ?? 0) + 1;
}

/** Whether an address is of the internet; remembers the last one, since packets come in rows. */
export class InternetJudge {
  readonly #last = new Uint8Array(16);
  #lastBytes = 0;
  #isInternet = false;

  /** Judges the address of 4 or 16 bytes at `at`. */
  isInternet(bytes: Uint8Array, at: number, addressBytes: number): boolean {
    if (addressBytes === this.#lastBytes && equalAt(this.#last, 0, bytes, at, addressBytes)) {
      return this.#isInternet;
    }
    const address = bytes.subarray(at, at + addressBytes);
    this.#last.set(address);
    this.#lastBytes = addressBytes;
    this.#isInternet = isInternetAddress(address);
    return this.#isInternet;
  }
}

/** Whether the address at `at` goes to many: nobody answers for them in a full tunnel. */
export function isGroup(bytes: Uint8Array, at: number, addressBytes: number): boolean {
  return addressBytes === 4 ? u8(bytes, at) >= 224 : u8(bytes, at) === 0xff;
}

/** Turns packets of peers into what an interface takes: a virtio-net header and the packet. */
export class FrameWriter {
  readonly #network: FullTunnelOptions["network"];
  readonly #out = new Uint8Array(OFFLOAD_BYTES + LEASE_MTU_BYTES_MAX);

  constructor(network: FullTunnelOptions["network"]) {
    this.#network = network;
  }

  /** Writes the packet from `start` to `end`; false: not taken. */
  write(bytes: Uint8Array, start: number, end: number): boolean {
    const size = OFFLOAD_BYTES + end - start;
    this.#out.fill(0, 0, OFFLOAD_BYTES);
    this.#out.set(bytes.subarray(start, end), OFFLOAD_BYTES);
    return this.#network.write(this.#out.subarray(0, size));
  }
}
