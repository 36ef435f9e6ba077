import { equalBytes } from "../base/bytes.ts";
import type { PeerId, PeerRecord } from "../identity/index.ts";
import { Destination } from "./destination.ts";
import { Memory } from "./memory.ts";
import type { Neighbour } from "./neighbour.ts";

/** The vicinity: the nearest origins within a budget, and all direct neighbours besides. */
export class Table {
  readonly neighbours: Map<PeerId, Neighbour> = new Map();
  readonly memory: Memory = new Memory();
  /** Origins were turned away: what comes in now may be known to other neighbours, too. */
  overflowed = false;
  readonly #max: number;
  readonly #landmarksMax: number;
  readonly #lottery: (id: PeerId) => number;
  readonly #destinations = new Map<PeerId, Destination>();
  /** By 32 bits of the id, so that a packet's destination needs no text. */
  readonly #index = new Map<number, Destination[]>();
  /** Distance of the farthest origin kept; undefined when it must be looked up again. */
  #horizon: number | undefined;

  /** @param lottery of an id; without it, or with `landmarksMax` 0, no landmarks are kept */
  constructor(max: number, landmarksMax = 0, lottery: (id: PeerId) => number = () => 0) {
    this.#max = max;
    this.#landmarksMax = landmarksMax;
    const known = new Map<PeerId, number>();
    this.#lottery = (id) => {
      const value = known.get(id) ?? lottery(id);
      known.set(id, value);
      return value;
    };
  }

  /** The lottery below which an origin is kept as a landmark. */
  #bar(): number {
    if (this.#landmarksMax === 0) return -1;
    const all = [...this.#destinations.keys()].map((id) => this.#lottery(id));
    if (all.length < this.#landmarksMax) return Number.POSITIVE_INFINITY;
    return all.sort((a, b) => a - b)[this.#landmarksMax - 1] ?? -1;
  }

  get size(): number {
    return this.#destinations.size;
  }

  get(id: PeerId): Destination | undefined {
    return this.#destinations.get(id);
  }

  values(): IterableIterator<Destination> {
    return this.#destinations.values();
  }

  /** The destination whose 16 id bytes stand in `bytes` from `offset` on. */
  find(bytes: Uint8Array, offset: number): Destination | undefined {
    const bucket = this.#index.get(indexKey(bytes, offset));
    if (bucket === undefined) return undefined;
    for (const destination of bucket) {
      if (matchesAt(bytes, offset, destination.idBytes)) return destination;
    }
    return undefined;
  }

  /** The newest verified record of an origin, also of one that is out of reach since lately. */
  knownRecord(id: PeerId, nowMs: number): PeerRecord | undefined {
    return this.#destinations.get(id)?.record ?? this.memory.get(id, nowMs)?.record;
  }

  /** Opens a place for an origin; what is remembered of it comes along. */
  add(record: PeerRecord, nowMs: number): Destination {
    const remembered = this.memory.get(record.id, nowMs);
    this.memory.delete(record.id);
    const newest =
      remembered !== undefined && remembered.record.seqno > record.seqno
        ? remembered.record
        : record;
    const destination = new Destination(newest, remembered?.feasible, nowMs);
    this.#destinations.set(record.id, destination);
    const key = indexKey(destination.idBytes, 0);
    const bucket = this.#index.get(key);
    if (bucket === undefined) this.#index.set(key, [destination]);
    else bucket.push(destination);
    return destination;
  }

  /** Gives up an origin's place and remembers what its return needs. */
  remove(destination: Destination, nowMs: number): void {
    if (!this.#destinations.delete(destination.id)) return;
    const key = indexKey(destination.idBytes, 0);
    const rest = (this.#index.get(key) ?? []).filter((other) => other !== destination);
    if (rest.length === 0) this.#index.delete(key);
    else this.#index.set(key, rest);
    this.memory.keep(destination.record, destination.feasible, nowMs);
  }

  /** Whether an origin that far away would be kept. */
  admits(id: PeerId, metric: number): boolean {
    if (this.#destinations.has(id) || this.neighbours.has(id)) return true;
    if (!this.#isFull(0) || this.#lottery(id) < this.#bar()) return true;
    this.#horizon ??= this.#farthest().at(-1)?.metric ?? 0;
    if (metric < this.#horizon) return true;
    this.overflowed = true;
    return false;
  }

  /** Origins beyond the budget, farthest last; the caller evicts them. */
  excess(): readonly Destination[] {
    this.#horizon = undefined;
    if (!this.#isFull(1)) return [];
    return this.#farthest().slice(this.#max);
  }

  /** Whether so many places have come free that others should be asked what was turned away. */
  hasRoomAgain(): boolean {
    return this.overflowed && !this.#isFull(1 - Math.ceil(this.#max / 16));
  }

  /** Nearest first, equally far ones by id. */
  byDistance(): Destination[] {
    return [...this.#destinations.values()].sort(nearestFirst);
  }

  #isFull(above: number): boolean {
    const size = this.#destinations.size;
    if (size < this.#max + above) return false;
    if (this.#landmarksMax > 0) return this.#farthest().length >= this.#max + above;
    let direct = 0;
    for (const id of this.neighbours.keys()) if (this.#destinations.has(id)) direct++;
    return size - direct >= this.#max + above;
  }

  #farthest(): Destination[] {
    const bar = this.#bar();
    return this.byDistance().filter(
      ({ id }) => !this.neighbours.has(id) && this.#lottery(id) > bar,
    );
  }
}

function nearestFirst(a: Destination, b: Destination): number {
  return a.metric - b.metric || (a.id < b.id ? -1 : 1);
}

/** Bytes 1 to 4: the first one is the same for all. */
function indexKey(bytes: Uint8Array, offset: number): number {
  const at = offset + 1;
  return (
    ((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)
  );
}

function matchesAt(bytes: Uint8Array, offset: number, id: Uint8Array): boolean {
  if (offset === 0) return equalBytes(bytes, id);
  for (let i = 0; i < id.length; i++) if (bytes[offset + i] !== id[i]) return false;
  return true;
}
