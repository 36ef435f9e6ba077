import { NO_BYTES } from "../base/bytes.ts";
import { type FrameRun, RUN_HEAD_BYTES, writeFrameOfRun } from "../base/frame-run.ts";
import type { Way } from "./context.ts";
import type { PieceRow } from "./early-pieces.ts";
import type { WholePacket } from "./fragments.ts";
import { FRAME_PIECE } from "./layout.ts";
import type { TrainHead } from "./trains.ts";

/** Where what is in a run goes. */
export interface RunSink {
  /** A frame of any kind, lent. `rest` tells what follows it. */
  frame(way: Way, frame: Uint8Array, rest: RunRest): void;
  /** Pieces of one train, lent, with the index of the link that they name. */
  pieces(way: Way, linkIndex: number, row: PieceRow): void;
}

/** The frames of a run that come after the one that is being looked at. */
export interface RunRest {
  /**
   * The payload of a train whose head is that frame, where all its pieces follow without a gap:
   * a view of the run, after which they are not handed on any more. Otherwise undefined.
   */
  takeTrain(head: TrainHead, linkIndex: number, firstBytes: number): WholePacket | undefined;
}

/** Takes runs of frames apart: rows of pieces stay together, for they lie as their packet does. */
export class RunReceiving {
  readonly #sink: RunSink;
  readonly #reader = new RunReader();
  #scratch = new Uint8Array(0);

  constructor(sink: RunSink) {
    this.#sink = sink;
  }

  /** A run as a transport brought it. */
  take(way: Way, run: FrameRun): void {
    if (this.#scratch.length < run.frameBytes) this.#scratch = new Uint8Array(run.frameBytes);
    const reader = this.#reader;
    reader.begin(run);
    while (reader.at < run.count) {
      if (run.heads[reader.at * RUN_HEAD_BYTES] === FRAME_PIECE) {
        const linkIndex = reader.linkIndex;
        this.#sink.pieces(way, linkIndex, reader.row());
        continue;
      }
      const bytes = writeFrameOfRun(run, reader.at, this.#scratch);
      reader.at += 1;
      this.#sink.frame(way, this.#scratch.subarray(0, bytes), reader);
    }
  }
}

const NO_RUN: FrameRun = {
  ...{ frameBytes: RUN_HEAD_BYTES, count: 0 },
  ...{ heads: NO_BYTES, lead: NO_BYTES, body: NO_BYTES },
};

/** Goes through runs, one after another. A piece: kind (1), link (4), token (6), number (2). */
class RunReader implements RunRest {
  /** Frame whose turn it is. */
  at = 0;
  #run: FrameRun = NO_RUN;
  #roomBytes = 0;
  /** All that the memory of the heads holds: runs come in the same memory over and over, a view for each would cost more than reading. */
  #view: DataView = new DataView(NO_BYTES.buffer);
  #headsAt = 0;

  begin(run: FrameRun): void {
    const { buffer, byteOffset } = run.heads;
    this.at = 0;
    this.#run = run;
    this.#roomBytes = run.frameBytes - RUN_HEAD_BYTES;
    if (this.#view.buffer !== buffer) this.#view = new DataView(buffer);
    this.#headsAt = byteOffset;
  }

  get linkIndex(): number {
    return this.#view.getUint32(this.#head + 1);
  }

  get #head(): number {
    return this.#headsAt + this.at * RUN_HEAD_BYTES;
  }

  get #token(): number {
    const at = this.#head;
    return this.#view.getUint16(at + 5) * 0x1_0000_0000 + this.#view.getUint32(at + 7);
  }

  get #index(): number {
    return this.#view.getUint16(this.#head + 11);
  }

  /** The pieces here that follow each other; steps past them. */
  row(): PieceRow {
    const [token, index, first] = [this.#token, this.#index, this.at];
    const count = this.#following(first);
    this.at += count;
    const bytes = this.#run.body.subarray(first * this.#roomBytes, this.at * this.#roomBytes);
    return { token, index, count, pieceBytes: this.#roomBytes, bytes };
  }

  takeTrain(head: TrainHead, linkIndex: number, firstBytes: number): WholePacket | undefined {
    const { token, count, pieceBytes, payloadBytes, header } = head;
    const pieces = count - 1;
    const { at } = this;
    const run = this.#run;
    if (at + pieces > run.count || pieceBytes !== this.#roomBytes) return undefined;
    const isHere =
      run.heads[at * RUN_HEAD_BYTES] === FRAME_PIECE &&
      this.linkIndex === linkIndex &&
      this.#token === token &&
      this.#index === 1;
    if (!isHere || this.#following(at) < pieces) return undefined;
    const from = at * this.#roomBytes - firstBytes;
    const payload = run.body.subarray(from, from + payloadBytes);
    // The last piece of a run may be shorter than its train says.
    if (payload.length !== payloadBytes) return undefined;
    const isLastHere = at + pieces === run.count;
    const end = isLastHere ? run.body.length : (at + pieces) * this.#roomBytes;
    if (from + payloadBytes !== end) return undefined;
    this.at += pieces;
    return { header, payload };
  }

  /** How many pieces of the same train follow each other from this one on, itself included. */
  #following(first: number): number {
    const view = this.#view;
    const heads = this.#headsAt;
    const start = heads + first * RUN_HEAD_BYTES;
    const [a, b, c] = [view.getUint32(start), view.getUint32(start + 4), view.getUint16(start + 8)];
    const d = view.getUint8(start + 10);
    let index = view.getUint16(start + 11);
    let next = first + 1;
    for (; next < this.#run.count; next++) {
      const at = heads + next * RUN_HEAD_BYTES;
      index += 1;
      const isSame =
        view.getUint32(at) === a &&
        view.getUint32(at + 4) === b &&
        view.getUint16(at + 8) === c &&
        view.getUint8(at + 10) === d &&
        view.getUint16(at + 11) === index;
      if (!isSame) break;
    }
    return next - first;
  }
}
