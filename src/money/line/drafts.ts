import { utf8 } from "../../base/bytes.ts";
import { BATCH_OPS_BYTES, OPS_PER_BATCH_MAX } from "./limits.ts";
import type { Op } from "./types.ts";

/** How far the partner's log was here. */
export interface Seen {
  readonly count: number;
  readonly hash: Uint8Array;
}

/** Operations that were taken up and wait for a signature, in order. */
export class Drafts {
  #ops: Op[] = [];
  /** The first `until` operations were checked before the partner changed a limit, and are signed as of then. */
  readonly #frozen: { until: number; readonly seen: Seen }[] = [];
  #bytes = 0;

  get count(): number {
    return this.#ops.length;
  }

  /** About as many bytes as they will have. */
  get bytes(): number {
    return this.#bytes;
  }

  add(op: Op): void {
    this.#ops.push(op);
    this.#bytes += roughBytes(op);
  }

  /** What waits now was checked at this point of the partner's log; what comes is checked at a later one. */
  freeze(seen: Seen): void {
    const before = this.#frozen.at(-1)?.until ?? 0;
    if (this.#ops.length > before) this.#frozen.push({ until: this.#ops.length, seen });
  }

  /** As many as go into one batch; they wait no longer. `seen` where they were checked earlier than now. */
  next(): { readonly ops: readonly Op[]; readonly seen: Seen | undefined } {
    const [first] = this.#frozen;
    const countMax = Math.min(OPS_PER_BATCH_MAX, first?.until ?? this.#ops.length);
    let bytes = 0;
    let count = 0;
    for (const op of this.#ops) {
      if (count >= countMax || bytes >= BATCH_OPS_BYTES) break;
      bytes += roughBytes(op);
      count++;
    }
    this.#bytes -= bytes;
    for (const one of this.#frozen) one.until -= count;
    if (first?.until === 0) this.#frozen.shift();
    return { ops: this.#ops.splice(0, count), seen: first?.seen };
  }
}

/** Bytes of the heads of an operation's members, generously. */
const HEADS_BYTES = 24;

function roughBytes(op: Op): number {
  switch (op.t) {
    case "pay":
      return HEADS_BYTES + (op.memo === "" ? 0 : utf8(op.memo).length);
    case "prepare":
      return HEADS_BYTES + 48 + op.lock.onion.length;
    case "cancel":
      return HEADS_BYTES + utf8(op.reason).length;
    case "open":
    case "takeover":
      return HEADS_BYTES + 32 + op.proof.length;
    default:
      return HEADS_BYTES + 64;
  }
}
