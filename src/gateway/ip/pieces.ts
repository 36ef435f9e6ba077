import { must } from "../../base/errors.ts";
import type { PeerId } from "../../identity/index.ts";
import type { Clock } from "../../ports/index.ts";
import { FRAME_BYTES_MAX, KIND, PIECE_HEAD_BYTES } from "./layout.ts";
import {
  PIECED_SEGMENTS_MAX,
  PIECES_MAX,
  REASSEMBLIES_MAX,
  REASSEMBLIES_PER_PEER_MAX,
  REASSEMBLY_MS,
} from "./limits.ts";
import { setU32, u8, u32 } from "./octets.ts";

/**
 * Cuts the frame at `start` … `end` into datagrams of `datagramBytes` at most and hands each, built
 * in `scratch`, to `send`.
 * @returns false where one was refused, and the rest was not sent; callers check `isCuttable`
 */
export function sendPieces(
  frame: Uint8Array,
  start: number,
  end: number,
  id: number,
  datagramBytes: number,
  scratch: Uint8Array,
  send: (piece: Uint8Array) => boolean,
): boolean {
  const roomBytes = datagramBytes - PIECE_HEAD_BYTES;
  const count = Math.ceil((end - start) / roomBytes);
  const pieceBytes = Math.ceil((end - start) / count);
  scratch[0] = KIND.piece;
  setU32(scratch, 1, id);
  scratch[6] = count;
  for (let index = 0; index < count; index++) {
    scratch[5] = index;
    const from = start + index * pieceBytes;
    const to = Math.min(end, from + pieceBytes);
    scratch.set(frame.subarray(from, to), PIECE_HEAD_BYTES);
    if (!send(scratch.subarray(0, PIECE_HEAD_BYTES + to - from))) return false;
  }
  return true;
}

/** Largest frame that can be cut into datagrams of this size. */
export function cuttableBytes(datagramBytes: number): number {
  return (datagramBytes - PIECE_HEAD_BYTES) * PIECES_MAX;
}

/** Whether a frame of this size can be cut into as many pieces as a receiver takes. */
export function isCuttable(frameBytes: number, datagramBytes: number): boolean {
  return frameBytes <= datagramBytes || frameBytes <= cuttableBytes(datagramBytes);
}

/**
 * How many segments to put into one frame where not even one fits a datagram: as many as fill the
 * datagrams best.
 * @param headBytes bytes of a frame before its segments
 */
export function segmentsForPieces(
  headBytes: number,
  segmentBytes: number,
  datagramBytes: number,
): number {
  const roomBytes = datagramBytes - PIECE_HEAD_BYTES;
  let best = 1;
  let bestShare = 0;
  for (let segments = 1; segments <= PIECED_SEGMENTS_MAX; segments++) {
    const frameBytes = headBytes + segments * segmentBytes;
    if (!isCuttable(frameBytes, datagramBytes)) break;
    const share = (segments * segmentBytes) / (Math.ceil(frameBytes / roomBytes) * roomBytes);
    if (share <= bestShare) continue;
    best = segments;
    bestShare = share;
  }
  return best;
}

/** A frame that is being put together. */
class Assembly {
  readonly buffer: Uint8Array = new Uint8Array(FRAME_BYTES_MAX);
  from: PeerId = "";
  id = 0;
  count = 0;
  beganAtMs = Number.NEGATIVE_INFINITY;
  /** Size of all pieces but the last; 0 until one of them has come. */
  pieceBytes = 0;
  lastBytes = 0;
  readonly #has = new Uint8Array(PIECES_MAX);
  #got = 0;

  get inUse(): boolean {
    return this.count > 0;
  }

  begin(from: PeerId, id: number, count: number, nowMs: number): void {
    this.from = from;
    this.id = id;
    this.count = count;
    this.beganAtMs = nowMs;
    this.pieceBytes = 0;
    this.lastBytes = 0;
    this.#got = 0;
    this.#has.fill(0);
  }

  end(): void {
    this.count = 0;
    this.from = "";
  }

  /** Puts a piece where it belongs; false where it contradicts the others. */
  put(index: number, piece: Uint8Array): boolean {
    if (this.#has[index] === 1) return true;
    const isLast = index === this.count - 1;
    if (isLast) {
      this.lastBytes = piece.length;
      // Where it begins is known once another piece has come; until then it waits at the end.
      this.buffer.set(piece, FRAME_BYTES_MAX - piece.length);
    } else {
      if (this.pieceBytes === 0) this.pieceBytes = piece.length;
      if (this.pieceBytes !== piece.length) return false;
    }
    const sizeBytes = this.pieceBytes * (this.count - 1) + Math.max(1, this.lastBytes);
    if (sizeBytes > FRAME_BYTES_MAX || this.lastBytes > (this.pieceBytes || FRAME_BYTES_MAX)) {
      return false;
    }
    if (!isLast) this.buffer.set(piece, index * this.pieceBytes);
    this.#has[index] = 1;
    this.#got++;
    return true;
  }

  /** The whole frame, or undefined while pieces are missing. */
  whole(): Uint8Array | undefined {
    if (this.#got < this.count) return undefined;
    const lastAt = this.pieceBytes * (this.count - 1);
    this.buffer.copyWithin(lastAt, FRAME_BYTES_MAX - this.lastBytes, FRAME_BYTES_MAX);
    return this.buffer.subarray(0, lastAt + this.lastBytes);
  }
}

/** What became of a piece: the frame that it completed, lent until the next one, or nothing yet. */
export type PieceResult = Uint8Array | "waiting" | "bad-piece";

/** Puts pieces together again, for a bounded number of frames at a time. */
export class Reassembler {
  readonly #clock: Clock;
  readonly #assemblies: Assembly[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Frames that are being put together. */
  get waiting(): number {
    return this.#assemblies.filter((one) => one.inUse).length;
  }

  /** Takes a datagram of the kind "piece". */
  take(from: PeerId, bytes: Uint8Array): PieceResult {
    const index = u8(bytes, 5);
    const count = u8(bytes, 6);
    if (bytes.length <= PIECE_HEAD_BYTES || count < 2 || count > PIECES_MAX || index >= count) {
      return "bad-piece";
    }
    const piece = bytes.subarray(PIECE_HEAD_BYTES);
    const assembly = this.#assemblyOf(from, u32(bytes, 1), count);
    if (piece.length > FRAME_BYTES_MAX || assembly.count !== count || !assembly.put(index, piece)) {
      assembly.end();
      return "bad-piece";
    }
    const whole = assembly.whole();
    if (whole === undefined) return "waiting";
    assembly.end();
    return whole;
  }

  #assemblyOf(from: PeerId, id: number, count: number): Assembly {
    const nowMs = this.#clock.monotonicMs();
    let free: Assembly | undefined;
    let ofPeer = 0;
    for (const one of this.#assemblies) {
      if (one.inUse && nowMs - one.beganAtMs >= REASSEMBLY_MS) one.end();
      if (!one.inUse) free = one;
      else if (one.from === from) {
        if (one.id === id) return one;
        ofPeer++;
      }
    }
    const chosen = ofPeer < REASSEMBLIES_PER_PEER_MAX ? (free ?? this.#another()) : undefined;
    const assembly = chosen ?? this.#oldest(ofPeer < REASSEMBLIES_PER_PEER_MAX ? undefined : from);
    assembly.begin(from, id, count, nowMs);
    return assembly;
  }

  #another(): Assembly | undefined {
    if (this.#assemblies.length >= REASSEMBLIES_MAX) return undefined;
    const assembly = new Assembly();
    this.#assemblies.push(assembly);
    return assembly;
  }

  /** The one begun first, of all or of one peer. */
  #oldest(of: PeerId | undefined): Assembly {
    let oldest: Assembly | undefined;
    for (const one of this.#assemblies) {
      if (of !== undefined && one.from !== of) continue;
      if (oldest === undefined || one.beganAtMs < oldest.beganAtMs) oldest = one;
    }
    return must(oldest, "assemblies give way only where there are some");
  }
}
