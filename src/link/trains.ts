import { Reader, WireError, Writer } from "../wire/index.ts";
import { EarlyPieces, type PieceRow } from "./early-pieces.ts";
import type { ReassemblyBudget, WholePacket } from "./fragments.ts";
import type { AskTimes } from "./gaps.ts";
import { SEALED_TRAIN, TRAIN_HEAD_BYTES } from "./layout.ts";
import {
  FRAGMENTS_MAX,
  PACKET_HEADER_BYTES_MAX,
  REASSEMBLIES_PER_LINK_MAX,
  REASSEMBLY_BYTES_PER_LINK_MAX,
  REASSEMBLY_LIFE_MS,
  REASSEMBLY_SPARES_MAX,
  REPEAT_ASKS_MAX,
  TRAINS_REMEMBERED_MAX,
} from "./limits.ts";
import type { RepeatDraft } from "./repair-messages.ts";

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
  /** When a piece came last. */
  touchedMs: number;
  /** Longest pause between two of them. */
  pauseMs: number;
  asks: number;
  askedMs: number;
}

/**
 * Puts the trains of one link together. A whole packet is lent until the next one begins. Pieces after the first are not sealed: like the payload in
 * them they are open to who sits on the link, and sealed end to end. Who does not sit there knows
 * neither index nor token. A piece that overtakes its head waits for it, within bounds.
 */
export class Trains {
  readonly #budget: ReassemblyBudget;
  readonly #trains: Map<number, Train> = new Map();
  readonly #early: EarlyPieces;
  /** Memory of packets completed before, the last of which was lent and is free when the next one begins. */
  readonly #spares: Uint8Array[] = [];
  /** Tokens of trains that need no further piece. */
  readonly #over = new Float64Array(TRAINS_REMEMBERED_MAX).fill(-1);
  #overCount = 0;
  /** What trains hold, early pieces and spares not included. */
  #usedBytes = 0;
  /** Trains that are complete and wait for earlier ones. */
  #held = 0;
  #missedPieces = 0;
  #releaseAtMs = Number.POSITIVE_INFINITY;
  /**
   * How long a train that lacks pieces holds back later ones, in milliseconds. Programs take what
   * comes out of order for lost and send it again, so what is repaired soon is waited for.
   */
  holdMs = 0;

  constructor(budget: ReassemblyBudget) {
    this.#budget = budget;
    this.#early = new EarlyPieces(budget);
  }

  /** Packets begun and not complete. */
  get pending(): number {
    return this.#trains.size;
  }

  /** Whether a train that is complete now would have to wait for earlier ones. */
  get isHolding(): boolean {
    return this.holdMs > 0 && this.isWaiting;
  }

  /** Whether a complete packet waits. */
  get hasHeld(): boolean {
    return this.#held > 0;
  }

  /** Whether something here waits for more. */
  get isWaiting(): boolean {
    return this.#trains.size > 0 || !this.#early.isEmpty;
  }

  /** Takes an authentic head and the piece that it came with; the packet, lent, if that completes it. */
  begin(head: TrainHead, first: Uint8Array, nowMs: number): WholePacket | undefined {
    const known = this.#trains.get(head.token);
    if (known !== undefined) return undefined;
    this.expire(nowMs);
    const payload = this.#memory(head.payloadBytes);
    const memoryBytes = payload.buffer.byteLength;
    this.#makeRoom(memoryBytes);
    if (this.#budget.usedBytes + memoryBytes > this.#budget.maxBytes) return undefined;
    this.#budget.usedBytes += memoryBytes;
    this.#usedBytes += memoryBytes;
    const early = this.#early.takeOf(head.token);
    // Named one by one: an object that is spread into another gets its shape anew for each packet.
    const { token, count, pieceBytes, payloadBytes } = head;
    const train: Train = {
      ...{ token, count, pieceBytes, payloadBytes },
      memoryBytes,
      payload,
      header: head.header.slice(),
      bornAtMs: early[0]?.atMs ?? nowMs,
      firstBytes: first.length,
      seen: new Uint8Array(head.count),
      missing: head.count - 1,
      ...{ touchedMs: nowMs, pauseMs: 0, asks: 0, askedMs: 0 },
    };
    train.payload.set(first);
    train.seen[0] = 1;
    this.#trains.set(head.token, train);
    for (const row of early) this.#putRow(train, row, nowMs);
    return this.next(nowMs);
  }

  /** Takes a further piece; the whole packet, lent, when it was the last one missing. */
  take(token: number, index: number, piece: Uint8Array, nowMs: number): WholePacket | undefined {
    const row = { token, index, count: 1, pieceBytes: piece.length, bytes: piece };
    return this.takeRow(row, nowMs);
  }

  /**
   * Takes pieces that follow each other from `index` on, their bytes one behind another, all but
   * the last `pieceBytes` long; the whole packet, lent, when they were the last ones missing.
   */
  takeRow(row: PieceRow, nowMs: number): WholePacket | undefined {
    const train = this.#trains.get(row.token);
    if (train !== undefined) {
      this.#putRow(train, row, nowMs);
      return this.next(nowMs);
    }
    if (!this.#over.includes(row.token)) this.#early.keep(row, nowMs);
    return undefined;
  }

  /** The next packet that is complete and need not wait for an earlier one; lent. */
  next(nowMs: number): WholePacket | undefined {
    this.#releaseAtMs = Number.POSITIVE_INFINITY;
    if (this.#held === 0) return undefined;
    const { holdMs } = this;
    let first: Train | undefined;
    for (const train of this.#trains.values()) {
      const counts = train.missing === 0 || train.bornAtMs + holdMs > nowMs;
      if (counts && (first === undefined || train.bornAtMs < first.bornAtMs)) first = train;
    }
    if (first === undefined) return undefined;
    const earlyMs = this.#early.oldestMs(nowMs, holdMs);
    if (first.missing > 0 || earlyMs < first.bornAtMs) {
      this.#releaseAtMs = Math.min(first.bornAtMs, earlyMs) + holdMs;
      return undefined;
    }
    const { header, payload } = first;
    this.#drop(first);
    return { header, payload };
  }

  /** The train came whole by another way: pieces of it that come once more are nothing new. */
  settled(token: number): void {
    this.#over[this.#overCount++ % TRAINS_REMEMBERED_MAX] = token;
  }

  /** Asks for missing pieces that are due; monotonic time at which the next ones will be. */
  ask(draft: RepeatDraft, times: AskTimes): number {
    const { nowMs, toleranceMs, retryMs, lifeMs } = times;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const train of this.#trains.values()) {
      const { askedMs, asks, bornAtMs, missing, pauseMs, seen, token, touchedMs } = train;
      if (missing === 0 || asks >= REPEAT_ASKS_MAX || nowMs - bornAtMs >= lifeMs) continue;
      // Where pieces trickle in, the next one may still be on its way.
      const firstMs = touchedMs + Math.max(toleranceMs, 2 * pauseMs);
      const dueMs = asks === 0 ? firstMs : askedMs + retryMs;
      const isAsked = dueMs <= nowMs && draft.addPieces(token, seen);
      if (isAsked) {
        if (asks === 0) this.#missedPieces += missing;
        train.asks++;
        train.askedMs = nowMs;
      }
      nextMs = Math.min(nextMs, isAsked ? nowMs + retryMs : dueMs);
    }
    return nextMs;
  }

  /** Pieces that were asked for the first time since this was called last. */
  takeMissed(): number {
    const pieces = this.#missedPieces;
    this.#missedPieces = 0;
    return pieces;
  }

  /** Asks for heads that pieces wait for, as `EarlyPieces.askHeads` does. */
  askHeads(times: AskTimes, ask: (token: number) => boolean): number {
    return this.#early.askHeads(times, ask);
  }

  #memory(bytes: number): Uint8Array {
    const spares = this.#spares;
    for (let at = spares.length - 1; at >= 0; at--) {
      const buffer = spares[at]?.buffer;
      if (buffer === undefined || buffer.byteLength < bytes || buffer.byteLength > 2 * bytes)
        continue;
      spares.splice(at, 1);
      return new Uint8Array(buffer, 0, bytes);
    }
    return new Uint8Array(bytes);
  }

  /** What waits for pieces gives way before what is complete and only waits for others. */
  #makeRoom(bytes: number): void {
    const trains = this.#trains;
    while (
      trains.size >= REASSEMBLIES_PER_LINK_MAX ||
      (trains.size > 0 && this.#usedBytes + bytes > REASSEMBLY_BYTES_PER_LINK_MAX)
    ) {
      let given: Train | undefined;
      for (const train of trains.values()) {
        given ??= train;
        if (train.missing === 0) continue;
        given = train;
        break;
      }
      if (given !== undefined) this.#drop(given);
    }
  }

  #putRow(train: Train, row: PieceRow, nowMs: number): void {
    if (train.missing === 0) return;
    const { index, count, pieceBytes, bytes } = row;
    train.pauseMs = Math.max(train.pauseMs, nowMs - train.touchedMs);
    train.touchedMs = nowMs;
    if (isNextRow(train, row)) {
      train.seen.fill(1, index, index + count);
      train.payload.set(bytes, train.firstBytes + (index - 1) * train.pieceBytes);
      train.missing -= count;
    } else {
      for (let i = 0; i < count; i++) {
        this.#put(train, index + i, bytes.subarray(i * pieceBytes, (i + 1) * pieceBytes));
      }
    }
    if (train.missing === 0) this.#held += 1;
  }

  #put(train: Train, index: number, piece: Uint8Array): void {
    const { count, firstBytes, payload, pieceBytes, seen } = train;
    if (index < 1 || index >= count || seen[index] === 1) return;
    const from = firstBytes + (index - 1) * pieceBytes;
    if (piece.length !== Math.min(pieceBytes, payload.length - from)) return;
    seen[index] = 1;
    payload.set(piece, from);
    train.missing -= 1;
  }

  /** Drops packets that have waited too long. */
  expire(nowMs: number): void {
    for (const train of this.#trains.values()) {
      if (nowMs - train.bornAtMs >= REASSEMBLY_LIFE_MS) this.#drop(train);
    }
    this.#early.expire(nowMs);
    if (this.#trains.size === 0) this.#spares.splice(0, this.#spares.length - 1);
  }

  /** When the oldest packet or early piece has waited too long; Infinity: there is none. */
  deadlineMs(): number {
    const releaseMs = this.hasHeld ? this.#releaseAtMs : Number.POSITIVE_INFINITY;
    let firstMs = Math.min(releaseMs, this.#early.deadlineMs());
    for (const { bornAtMs } of this.#trains.values()) {
      firstMs = Math.min(firstMs, bornAtMs + REASSEMBLY_LIFE_MS);
    }
    return firstMs;
  }

  /** Gives everything back; call when the link is gone. */
  clear(): void {
    for (const train of this.#trains.values()) this.#drop(train);
    this.#early.clear();
    this.#releaseAtMs = Number.POSITIVE_INFINITY;
    this.#spares.length = 0;
  }

  #drop({ token, memoryBytes, missing, payload }: Train): void {
    this.#trains.delete(token);
    if (missing === 0) this.#held -= 1;
    this.#budget.usedBytes -= memoryBytes;
    this.#usedBytes -= memoryBytes;
    if (this.#spares.length < REASSEMBLY_SPARES_MAX) this.#spares.push(payload);
    this.settled(token);
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
