import { METRIC_NONE } from "./limits.ts";

/** Flags of an offer: the neighbour's way leads through us. */
export const VIA_US = 0x1;
/** But it knows another one that avoids us, for a detour. */
export const SPARE = 0x2;
/** Its sequence number is not proven yet: of no use until then. */
export const UNPROVEN = 0x4;
/** Of what was told: our handle of the origin is known over there. */
export const INTRODUCED = 0x8;

/**
 * What is said about origins on one link in one direction, one row for each slot of the table, in
 * columns of plain numbers: a router keeps neighbours x origins of these, so an object for each
 * would cost ten times the memory.
 */
export class Columns {
  /** `METRIC_NONE`: nothing is said. */
  metric: Uint32Array = new Uint32Array(0);
  seqno: Float64Array = new Float64Array(0);
  hops: Uint8Array = new Uint8Array(0);
  flags: Uint8Array = new Uint8Array(0);

  /** Makes room for a row. */
  reserve(slot: number): void {
    const { length } = this.metric;
    if (slot < length) return;
    // By a quarter, as all links of a router have as many rows as its table has ever had places.
    const grown = Math.max(16, slot + 1, Math.ceil(length / 4 + length));
    const metric = new Uint32Array(grown).fill(METRIC_NONE);
    metric.set(this.metric);
    this.metric = metric;
    this.seqno = grownFloat(this.seqno, grown);
    this.hops = grownBytes(this.hops, grown);
    this.flags = grownBytes(this.flags, grown);
  }

  /** Whether something is said about the origin in this slot. */
  has(slot: number): boolean {
    return (this.metric[slot] ?? METRIC_NONE) !== METRIC_NONE;
  }

  /** Forgets a row; its flags, too. */
  clear(slot: number): void {
    if (slot >= this.metric.length) return;
    this.metric[slot] = METRIC_NONE;
    this.flags[slot] = 0;
  }
}

/** What a neighbour says: besides its present distance the best one under this sequence number. */
export class HeardColumns extends Columns {
  /**
   * The least distance it ever told under this sequence number. Its feasible distance cannot be
   * above that, however its present metric wanders, so this is what feasibility compares.
   */
  best: Uint32Array = new Uint32Array(0);
  /** Its handle of the origin plus one; 0: it has introduced none. */
  handle: Uint32Array = new Uint32Array(0);

  override reserve(slot: number): void {
    super.reserve(slot);
    const { length } = this.metric;
    if (this.best.length === length) return;
    this.best = grownWords(this.best, length);
    this.handle = grownWords(this.handle, length);
  }
}

function grownFloat(old: Float64Array, length: number): Float64Array {
  const grown = new Float64Array(length);
  grown.set(old);
  return grown;
}

function grownWords(old: Uint32Array, length: number): Uint32Array {
  const grown = new Uint32Array(length);
  grown.set(old);
  return grown;
}

function grownBytes(old: Uint8Array, length: number): Uint8Array {
  const grown = new Uint8Array(length);
  grown.set(old);
  return grown;
}
