import { Reader, WireError, Writer } from "../wire/index.ts";
import { FRAME_BYTES_MAX } from "../wire/limits.ts";
import { DATA_OVERHEAD_BYTES, FRAGMENT_HEAD_BYTES, SEALED_FRAGMENT } from "./layout.ts";
import {
  FRAGMENTED_PER_LINK_MAX,
  FRAGMENTS_MAX,
  PACKET_HEADER_BYTES_MAX,
  REASSEMBLY_LIFE_MS,
} from "./limits.ts";

/** The sealed head of one piece of a packet. */
export interface FragmentHead {
  /** Tells packets of one link apart. */
  readonly packetId: number;
  readonly index: number;
  readonly count: number;
  /** Bytes of the whole payload. */
  readonly payloadBytes: number;
  /** This piece's share of the routing header, cut like the payload. */
  readonly header: Uint8Array;
}

/** Pieces that a payload needs on a transport, or undefined where that is too many. */
export function fragmentCount(
  headerBytes: number,
  payloadBytes: number,
  frameBytesMax: number,
): number | undefined {
  const room = frameBytesMax - DATA_OVERHEAD_BYTES - FRAGMENT_HEAD_BYTES;
  if (room < 1) return undefined;
  let count = Math.max(1, Math.ceil((headerBytes + payloadBytes) / room));
  const tooLarge = (): boolean =>
    Math.ceil(headerBytes / count) + Math.ceil(payloadBytes / count) > room;
  while (count <= FRAGMENTS_MAX && tooLarge()) count++;
  return count <= FRAGMENTS_MAX ? count : undefined;
}

/** The bytes of header or payload in piece `index`: all pieces but the last are ceil(total / count) long. */
export function fragmentRange(total: number, count: number, index: number): [number, number] {
  const step = Math.ceil(total / count);
  return [Math.min(total, index * step), Math.min(total, (index + 1) * step)];
}

/** The sealed part of a piece. */
export function encodeFragmentHead(head: FragmentHead): Uint8Array {
  const writer = new Writer(FRAGMENT_HEAD_BYTES + head.header.length);
  writer.u8(SEALED_FRAGMENT).u32(head.packetId).u16(head.index).u16(head.count);
  return writer.u16(head.payloadBytes).bytes(head.header).done();
}

/**
 * Reads what follows the kind byte.
 * @throws WireError where the numbers do not fit each other
 */
export function decodeFragmentHead(bytes: Uint8Array, pieceBytes: number): FragmentHead {
  const reader = new Reader(bytes);
  const packetId = reader.u32();
  const index = reader.u16();
  const count = reader.u16();
  const payloadBytes = reader.u16();
  const header = reader.rest();
  if (count < 1 || count > FRAGMENTS_MAX || index >= count) {
    throw new WireError("out-of-range", "A fragment outside its packet.");
  }
  if (header.length > headerShareMax(count)) {
    throw new WireError("too-large", "A fragment with too long a header.");
  }
  const [from, to] = fragmentRange(payloadBytes, count, index);
  if (to - from !== pieceBytes) throw new WireError("malformed", "A fragment of the wrong length.");
  return { packetId, index, count, payloadBytes, header };
}

/** Header bytes that one of so many pieces carries at most. */
function headerShareMax(count: number): number {
  return Math.ceil(PACKET_HEADER_BYTES_MAX / count);
}

/** A packet put together again. */
export interface WholePacket {
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

/** Bytes that all reassemblers of a manager hold together, so that one limit covers them. */
export interface ReassemblyBudget {
  usedBytes: number;
  readonly maxBytes: number;
}

interface Assembly {
  readonly bornAtMs: number;
  readonly payload: Uint8Array;
  readonly seen: Uint8Array;
  readonly count: number;
  missing: number;
  /** The pieces' shares of the header, each in a place of `headerShareMax` bytes … */
  readonly header: Uint8Array;
  /** … of which it fills so many. */
  readonly shares: Uint16Array;
}

/** Puts the pieces of one link's packets together. Only authenticated pieces come here. */
export class Reassembler {
  readonly #budget: ReassemblyBudget;
  readonly #assemblies: Map<number, Assembly> = new Map();

  constructor(budget: ReassemblyBudget) {
    this.#budget = budget;
  }

  /** Packets begun and not complete. */
  get pending(): number {
    return this.#assemblies.size;
  }

  /** Takes a piece; the whole packet when it was the last one missing. */
  take(head: FragmentHead, piece: Uint8Array, nowMs: number): WholePacket | undefined {
    const assembly = this.#assemblies.get(head.packetId) ?? this.#begin(head, nowMs);
    if (assembly === undefined || assembly.count !== head.count) return undefined;
    if (assembly.payload.length !== head.payloadBytes || assembly.seen[head.index] === 1) {
      return undefined;
    }
    assembly.seen[head.index] = 1;
    assembly.missing -= 1;
    const [from] = fragmentRange(head.payloadBytes, head.count, head.index);
    assembly.payload.set(piece, from);
    assembly.header.set(head.header, head.index * headerShareMax(head.count));
    assembly.shares[head.index] = head.header.length;
    if (assembly.missing > 0) return undefined;
    this.#drop(head.packetId, assembly);
    return { header: joinHeader(assembly), payload: assembly.payload };
  }

  /** Drops packets that have waited too long. */
  expire(nowMs: number): void {
    for (const [id, assembly] of this.#assemblies) {
      if (nowMs - assembly.bornAtMs < REASSEMBLY_LIFE_MS) return;
      this.#drop(id, assembly);
    }
  }

  /** When the oldest packet that is not complete has waited too long; Infinity: there is none. */
  deadlineMs(): number {
    const [oldest] = this.#assemblies.values();
    return oldest === undefined ? Number.POSITIVE_INFINITY : oldest.bornAtMs + REASSEMBLY_LIFE_MS;
  }

  /** Gives everything back; call when the link is gone. */
  clear(): void {
    for (const [id, assembly] of this.#assemblies) this.#drop(id, assembly);
  }

  #begin(head: FragmentHead, nowMs: number): Assembly | undefined {
    this.expire(nowMs);
    const [oldest] = this.#assemblies;
    if (this.#assemblies.size >= FRAGMENTED_PER_LINK_MAX && oldest !== undefined) {
      this.#drop(...oldest);
    }
    if (head.payloadBytes > FRAME_BYTES_MAX) return undefined;
    if (this.#budget.usedBytes + head.payloadBytes > this.#budget.maxBytes) return undefined;
    this.#budget.usedBytes += head.payloadBytes;
    const assembly: Assembly = {
      bornAtMs: nowMs,
      payload: new Uint8Array(head.payloadBytes),
      seen: new Uint8Array(head.count),
      count: head.count,
      missing: head.count,
      header: new Uint8Array(head.count * headerShareMax(head.count)),
      shares: new Uint16Array(head.count),
    };
    this.#assemblies.set(head.packetId, assembly);
    return assembly;
  }

  #drop(id: number, assembly: Assembly): void {
    this.#assemblies.delete(id);
    this.#budget.usedBytes -= assembly.payload.length;
  }
}

/** The header out of its shares; they are moved together in place. */
function joinHeader({ header, shares, count }: Assembly): Uint8Array {
  let length = 0;
  for (const [index, share] of shares.entries()) {
    const from = index * headerShareMax(count);
    header.copyWithin(length, from, from + share);
    length += share;
  }
  return header.subarray(0, length);
}
