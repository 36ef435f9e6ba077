import { Reader, WireError, Writer } from "../wire/index.ts";
import type { ReassemblyBudget, WholePacket } from "./fragments.ts";
import { SEALED_TRAIN, TRAIN_HEAD_BYTES } from "./layout.ts";
import {
  EARLY_PIECE_BYTES_MAX,
  EARLY_PIECES_MAX,
  EARLY_PIECES_MS,
  FRAGMENTS_MAX,
  PACKET_HEADER_BYTES_MAX,
  REASSEMBLIES_PER_LINK_MAX,
  REASSEMBLY_LIFE_MS,
} from "./limits.ts";

/** The sealed head of a train: the first piece of a packet, which vouches for all others. */
export interface TrainHead {
  /** 48 bits that nobody off the link can guess: pieces that name them belong here. */
  readonly token: number;
  /** Pieces, the first one included. */
  readonly count: number;
  /** Payload bytes of every piece but the first and the last. */
  readonly pieceBytes: number;
  /** Bytes of the whole payload. */
  readonly payloadBytes: number;
  readonly header: Uint8Array;
}

/** The sealed part of a first piece. */
export function encodeTrainHead(head: TrainHead): Uint8Array {
  const writer = new Writer(TRAIN_HEAD_BYTES + head.header.length).u8(SEALED_TRAIN);
  writer.u48(head.token).u16(head.count).u16(head.pieceBytes).u16(head.payloadBytes);
  return writer.bytes(head.header).done();
}

/**
 * Reads what follows the kind byte of a first piece that brings `firstBytes` of the payload.
 * @throws WireError where the numbers do not fit each other
 */
export function decodeTrainHead(bytes: Uint8Array, firstBytes: number): TrainHead {
  const reader = new Reader(bytes);
  const token = reader.u48();
  const count = reader.u16();
  const pieceBytes = reader.u16();
  const payloadBytes = reader.u16();
  const header = reader.rest();
  if (header.length > PACKET_HEADER_BYTES_MAX) {
    throw new WireError("too-large", "A train with too long a header.");
  }
  const rest = payloadBytes - firstBytes;
  const isSound = count >= 2 && count <= FRAGMENTS_MAX && pieceBytes >= 1 && rest >= 1;
  if (!isSound || Math.ceil(rest / pieceBytes) !== count - 1) {
    throw new WireError("malformed", "A train whose pieces do not make its packet.");
  }
  return { token, count, pieceBytes, payloadBytes, header };
}

interface Train extends TrainHead {
  /** What it holds, spare room included. */
  readonly memoryBytes: number;
  readonly bornAtMs: number;
  readonly firstBytes: number;
  readonly payload: Uint8Array;
  readonly seen: Uint8Array;
  missing: number;
}

/** Pieces of one train that follow each other. */
export interface PieceRow {
  readonly token: number;
  /** Number of the first one. */
  readonly index: number;
  readonly count: number;
  /** Bytes of each but the last. */
  readonly pieceBytes: number;
  readonly bytes: Uint8Array;
}

interface EarlyPiece {
  readonly token: number;
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly atMs: number;
}

/**
 * Puts the trains of one link together. A whole packet is lent until the next one begins. Pieces after the first are not sealed: like the payload in
 * them they are open to who sits on the link, and sealed end to end. Who does not sit there knows
 * neither index nor token. A piece that overtakes its head waits for it, within bounds.
 */
export class Trains {
  readonly #budget: ReassemblyBudget;
  readonly #trains: Map<number, Train> = new Map();
  #early: EarlyPiece[] = [];
  /** Memory of the packet completed last, which was lent and is free when the next one begins. */
  #spare: Uint8Array | undefined;

  constructor(budget: ReassemblyBudget) {
    this.#budget = budget;
  }

  /** Packets begun and not complete. */
  get pending(): number {
    return this.#trains.size;
  }

  /** Takes an authentic head and the piece that it came with; the packet, lent, if that completes it. */
  begin(head: TrainHead, first: Uint8Array, nowMs: number): WholePacket | undefined {
    const known = this.#trains.get(head.token);
    if (known !== undefined) return undefined;
    this.expire(nowMs);
    const [oldest] = this.#trains.values();
    if (this.#trains.size >= REASSEMBLIES_PER_LINK_MAX && oldest !== undefined) this.#drop(oldest);
    const payload = this.#memory(head.payloadBytes);
    const memoryBytes = payload.buffer.byteLength;
    if (this.#budget.usedBytes + memoryBytes > this.#budget.maxBytes) return undefined;
    this.#budget.usedBytes += memoryBytes;
    const train: Train = {
      ...head,
      memoryBytes,
      payload,
      header: head.header.slice(),
      bornAtMs: nowMs,
      firstBytes: first.length,
      seen: new Uint8Array(head.count),
      missing: head.count - 1,
    };
    train.payload.set(first);
    train.seen[0] = 1;
    this.#trains.set(head.token, train);
    return this.#takeEarly(train);
  }

  /** Takes a further piece; the whole packet, lent, when it was the last one missing. */
  take(token: number, index: number, piece: Uint8Array, nowMs: number): WholePacket | undefined {
    const train = this.#trains.get(token);
    if (train !== undefined) return this.#put(train, index, piece);
    this.#keepEarly({ token, index, bytes: piece, atMs: nowMs });
    return undefined;
  }

  /**
   * Takes pieces that follow each other from `index` on, their bytes one behind another, all but
   * the last `pieceBytes` long; the whole packet, lent, when they were the last ones missing.
   */
  takeRow(row: PieceRow, nowMs: number): WholePacket | undefined {
    const { token, index, count, pieceBytes, bytes } = row;
    const train = this.#trains.get(token);
    if (train !== undefined && isNextRow(train, row)) {
      train.seen.fill(1, index, index + count);
      train.payload.set(bytes, train.firstBytes + (index - 1) * train.pieceBytes);
      train.missing -= count;
      return this.#wholeOf(train);
    }
    let whole: WholePacket | undefined;
    for (let i = 0; i < count; i++) {
      const piece = bytes.subarray(i * pieceBytes, (i + 1) * pieceBytes);
      whole = this.take(token, index + i, piece, nowMs) ?? whole;
    }
    return whole;
  }

  /** Nothing vouches for it yet: little of it is kept, for a short time. */
  #keepEarly(piece: EarlyPiece): void {
    const { length } = piece.bytes;
    if (length > EARLY_PIECE_BYTES_MAX) return;
    if (this.#early.length >= EARLY_PIECES_MAX) this.#dropEarly(this.#early.slice(0, 1));
    if (this.#budget.usedBytes + length > this.#budget.maxBytes) return;
    this.#budget.usedBytes += length;
    this.#early.push({ ...piece, bytes: piece.bytes.slice() });
  }

  #dropEarly(pieces: readonly EarlyPiece[]): void {
    if (pieces.length === 0) return;
    this.#early = this.#early.filter((piece) => !pieces.includes(piece));
    for (const { bytes } of pieces) this.#budget.usedBytes -= bytes.length;
  }

  #memory(bytes: number): Uint8Array {
    const buffer = this.#spare?.buffer;
    const isFit =
      buffer !== undefined && buffer.byteLength >= bytes && buffer.byteLength <= 2 * bytes;
    if (!isFit) return new Uint8Array(bytes);
    this.#spare = undefined;
    return new Uint8Array(buffer, 0, bytes);
  }

  #takeEarly(train: Train): WholePacket | undefined {
    if (this.#early.length === 0) return undefined;
    const mine = this.#early.filter(({ token }) => token === train.token);
    this.#dropEarly(mine);
    for (const { index, bytes } of mine) {
      const whole = this.#put(train, index, bytes);
      if (whole !== undefined) return whole;
    }
    return undefined;
  }

  #put(train: Train, index: number, piece: Uint8Array): WholePacket | undefined {
    const { count, firstBytes, payload, pieceBytes, seen } = train;
    if (index < 1 || index >= count || seen[index] === 1) return undefined;
    const from = firstBytes + (index - 1) * pieceBytes;
    if (piece.length !== Math.min(pieceBytes, payload.length - from)) return undefined;
    seen[index] = 1;
    payload.set(piece, from);
    train.missing -= 1;
    return this.#wholeOf(train);
  }

  #wholeOf(train: Train): WholePacket | undefined {
    const { header, missing, payload } = train;
    if (missing > 0) return undefined;
    this.#drop(train);
    this.#spare = payload;
    return { header, payload };
  }

  /** Drops packets that have waited too long. */
  expire(nowMs: number): void {
    for (const train of this.#trains.values()) {
      if (nowMs - train.bornAtMs < REASSEMBLY_LIFE_MS) break;
      this.#drop(train);
    }
    this.#dropEarly(this.#early.filter(({ atMs }) => nowMs - atMs >= EARLY_PIECES_MS));
  }

  /** When the oldest packet or early piece has waited too long; Infinity: there is none. */
  deadlineMs(): number {
    const [oldest] = this.#trains.values();
    const [early] = this.#early;
    return Math.min(
      oldest === undefined ? Number.POSITIVE_INFINITY : oldest.bornAtMs + REASSEMBLY_LIFE_MS,
      early === undefined ? Number.POSITIVE_INFINITY : early.atMs + EARLY_PIECES_MS,
    );
  }

  /** Gives everything back; call when the link is gone. */
  clear(): void {
    for (const train of this.#trains.values()) this.#drop(train);
    this.#dropEarly(this.#early);
    this.#spare = undefined;
  }

  #drop({ token, memoryBytes }: Train): void {
    this.#trains.delete(token);
    this.#budget.usedBytes -= memoryBytes;
  }
}

/** Whether pieces are exactly what their places in the packet ask for, and none came before. */
function isNextRow(train: Train, { index, count, pieceBytes, bytes }: PieceRow): boolean {
  if (index < 1 || index + count > train.count) return false;
  if (count > 1 && pieceBytes !== train.pieceBytes) return false;
  const from = train.firstBytes + (index - 1) * train.pieceBytes;
  if (bytes.length !== Math.min(count * train.pieceBytes, train.payload.length - from))
    return false;
  for (let i = index; i < index + count; i++) if (train.seen[i] === 1) return false;
  return true;
}
