import { equalAt, toHex } from "../../base/bytes.ts";
import type { PeerId } from "../../identity/index.ts";
import { FLOW_PEERS_MAX } from "./limits.ts";
import { u32 } from "./octets.ts";
import { ADDRESS_BYTES } from "./packet.ts";

const BUCKETS = 4_096;
const NONE = -1;

/** Mixes a number into a hash (the finalizer of MurmurHash3). */
export function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ value, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Peers by the 16 bytes of their address, each with a small number: headers are looked up without
 * making a text of the address. A peer without flows gives way when the table is full.
 */
export class PeerTable {
  readonly #addresses = new Uint8Array(FLOW_PEERS_MAX * ADDRESS_BYTES);
  readonly #ids: PeerId[] = [];
  readonly #heads = new Int32Array(BUCKETS).fill(NONE);
  readonly #next = new Int32Array(FLOW_PEERS_MAX).fill(NONE);
  readonly #flows = new Uint16Array(FLOW_PEERS_MAX);
  readonly #seed: number;
  #turn = 0;

  /** @param seed random: peers choose their own addresses, and must not choose their buckets */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The number of the peer whose address is at `at`, or -1. */
  find(bytes: Uint8Array, at: number): number {
    for (let slot = this.#heads[this.#bucket(bytes, at)] ?? NONE; slot !== NONE; ) {
      if (equalAt(this.#addresses, slot * ADDRESS_BYTES, bytes, at, ADDRESS_BYTES)) return slot;
      slot = this.#next[slot] ?? NONE;
    }
    return NONE;
  }

  /** The same, with a place made for it where there is none; -1 where all places have flows. */
  admit(bytes: Uint8Array, at: number): number {
    const known = this.find(bytes, at);
    if (known !== NONE) return known;
    const slot = this.#ids.length < FLOW_PEERS_MAX ? this.#ids.length : this.#giveWay();
    if (slot === NONE) return NONE;
    const address = bytes.subarray(at, at + ADDRESS_BYTES);
    this.#addresses.set(address, slot * ADDRESS_BYTES);
    this.#ids[slot] = toHex(address);
    const bucket = this.#bucket(bytes, at);
    this.#next[slot] = this.#heads[bucket] ?? NONE;
    this.#heads[bucket] = slot;
    return slot;
  }

  /** The peer with this number. */
  idOf(slot: number): PeerId {
    return this.#ids[slot] ?? "";
  }

  /** How many flows the peer has begun or takes part in. */
  flowsOf(slot: number): number {
    return this.#flows[slot] ?? 0;
  }

  /** A flow with the peer began (1) or is over (-1): it keeps its place meanwhile. */
  countFlow(slot: number, change: 1 | -1): void {
    this.#flows[slot] = this.flowsOf(slot) + change;
  }

  #giveWay(): number {
    for (let looked = 0; looked < FLOW_PEERS_MAX; looked++) {
      const slot = this.#turn;
      this.#turn = (slot + 1) % FLOW_PEERS_MAX;
      if (this.flowsOf(slot) > 0) continue;
      this.#unlink(slot);
      return slot;
    }
    return NONE;
  }

  #unlink(slot: number): void {
    const bucket = this.#bucket(this.#addresses, slot * ADDRESS_BYTES);
    const after = this.#next[slot] ?? NONE;
    let before = this.#heads[bucket] ?? NONE;
    if (before === slot) {
      this.#heads[bucket] = after;
      return;
    }
    while (before !== NONE && this.#next[before] !== slot) before = this.#next[before] ?? NONE;
    if (before !== NONE) this.#next[before] = after;
  }

  #bucket(bytes: Uint8Array, at: number): number {
    let hash = this.#seed;
    for (let i = 0; i < ADDRESS_BYTES; i += 4) hash = mix(hash, u32(bytes, at + i));
    return hash & (BUCKETS - 1);
  }
}
