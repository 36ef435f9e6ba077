import type { PeerId } from "../identity/index.ts";
import { INTRODUCED, SPARE, UNPROVEN, VIA_US } from "./columns.ts";
import type { Destination } from "./destination.ts";
import { METRIC_NONE, RESUME_BUCKETS } from "./limits.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Table } from "./table.ts";

/** One row of what was said on a link, by origin: slots do not outlive a loss. */
export interface PastRow {
  readonly id: PeerId;
  readonly idBytes: Uint8Array;
  readonly metric: number;
  /** The least one under this number; of what was told the same as `metric`. */
  readonly best: number;
  readonly seqno: number;
  readonly hops: number;
  /** `VIA_US` (of what was told: via you), `SPARE`, `UNPROVEN`. */
  readonly flags: number;
  /** Handle that the teller had introduced, -1: none; and how often it was used. */
  readonly handle: number;
  readonly generation: number;
}

/** What two neighbours had told each other when the link between them was lost. */
export interface Past {
  readonly told: readonly PastRow[];
  readonly heard: readonly PastRow[];
  readonly untilMs: number;
}

/** Takes down what stands in a neighbour's columns. */
export function pastOf(table: Table, neighbour: Neighbour, untilMs: number): Past {
  const told: PastRow[] = [];
  const heard: PastRow[] = [];
  for (const destination of table.values()) {
    const { id, slot } = destination;
    // Of each other they speak anew whenever they meet.
    if (id === neighbour.id) continue;
    if (neighbour.told.has(slot)) told.push(toldRow(table, neighbour, destination));
    if (neighbour.heard.has(slot)) heard.push(heardRow(neighbour, destination));
  }
  return { told, heard, untilMs };
}

function toldRow(table: Table, { told }: Neighbour, { id, idBytes, slot }: Destination): PastRow {
  const metric = told.metric[slot] ?? METRIC_NONE;
  const flags = told.flags[slot] ?? 0;
  const isIntroduced = (flags & INTRODUCED) !== 0;
  return {
    ...{ id, idBytes, metric, best: metric, seqno: told.seqno[slot] ?? 0 },
    ...{ hops: told.hops[slot] ?? 0, flags: flags & (VIA_US | SPARE) },
    handle: isIntroduced ? slot : -1,
    generation: isIntroduced ? table.generation(slot) : 0,
  };
}

function heardRow({ heard, handles }: Neighbour, { id, idBytes, slot }: Destination): PastRow {
  const metric = heard.metric[slot] ?? METRIC_NONE;
  const handle = (heard.handle[slot] ?? 0) - 1;
  return {
    ...{ id, idBytes, metric, best: heard.best[slot] ?? metric, seqno: heard.seqno[slot] ?? 0 },
    ...{ hops: heard.hops[slot] ?? 0, flags: (heard.flags[slot] ?? 0) & ~INTRODUCED },
    handle,
    generation: handle < 0 ? 0 : handles.generation(handle),
  };
}

/** The bucket that an origin's row is in. */
export function bucketOf({ idBytes }: Pick<PastRow, "idBytes">): number {
  return (idBytes[idBytes.length - 1] ?? 0) % RESUME_BUCKETS;
}

/** Digest of an empty bucket, and of one that shall not be kept. */
export const NO_DIGEST = 0;

/**
 * A 32-bit digest of each bucket, the same on both sides if they agree on every row. It guards
 * against accidents only: who speaks on a link can say what it likes anyway.
 */
export function digestsOf(rows: readonly PastRow[]): number[] {
  const digests = Array<number>(RESUME_BUCKETS).fill(NO_DIGEST);
  for (const row of rows) {
    const bucket = bucketOf(row);
    // Sums do not depend on the order, which differs.
    digests[bucket] = ((digests[bucket] ?? 0) + rowHash(row)) >>> 0;
  }
  return digests;
}

/** FNV-1a over the fields of a row. */
function rowHash(row: PastRow): number {
  let hash = 0x811c9dc5;
  const mix = (value: number): void => {
    hash = Math.imul(hash ^ value, 0x01000193);
  };
  for (const byte of row.idBytes) mix(byte);
  for (const number of [row.metric, row.seqno % 2 ** 32, Math.floor(row.seqno / 2 ** 32)]) {
    for (let shift = 0; shift < 32; shift += 8) mix((number >>> shift) & 0xff);
  }
  for (const small of [row.hops, row.flags & (VIA_US | SPARE | UNPROVEN), row.generation])
    mix(small);
  mix((row.handle + 1) & 0xff);
  mix((row.handle + 1) >>> 8);
  return hash >>> 0;
}
