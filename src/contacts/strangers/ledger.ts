import { must } from "../../base/errors.ts";
import type { RecordWrite } from "../../ports/index.ts";
import {
  agedEdge,
  CLEAN_EDGE,
  closedForMs,
  decodeEdge,
  type Edge,
  type EdgeRefusal,
  encodeEdge,
  isClean,
  punishedEdge,
  refusalOf,
  worseEdge,
} from "./edge.ts";
import { EDGES_MAX } from "./limits.ts";
import type { HeldEdge, UnderWay } from "./own/words.ts";

/** Prefix of the records of edges. */
export const EDGES = "contacts/s/e/";
/** Prefix of the records of what contacts hold against this person. */
export const ONWARD_EDGES = "contacts/s/f/";

/** What comes over an edge: a contact by person id, or all members of a group together. */
export type EdgeName = string;

/** How an edge stands, for people. */
export interface EdgeStanding {
  readonly violations: number;
  /** Milliseconds until it opens again; 0 where it is open. */
  readonly closedForMs: number;
  /** Introductions under way over it. */
  readonly reserved: number;
}

/**
 * The edge credits of one peer. What is reserved is not stored: it is counted from the
 * introductions under way, each of which is one record, so that no crash can lose or double one.
 * It is kept for both directions: of what others bring, and, as far as verdicts tell, of what is
 * brought to others.
 */
export class Ledger {
  readonly #prefix: string;
  readonly #edges = new Map<EdgeName, Edge>();
  readonly #reserved = new Map<EdgeName, number>();
  #elsewhere: readonly UnderWay[] = [];

  /** @param prefix of the keys of its records */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /**
   * Times that lie in the future, written when the clock was wrong, count from now.
   * @throws WireError where the record is damaged
   */
  load(key: string, value: Uint8Array, nowMs: number): void {
    const edge = decodeEdge(value);
    this.#edges.set(key.slice(this.#prefix.length), {
      ...agedEdge(edge, nowMs),
      shownAtMs: Math.min(edge.shownAtMs, nowMs),
    });
  }

  /** Why no further introduction may come over an edge, or undefined. */
  refusal(name: EdgeName, window: number, nowMs: number): EdgeRefusal | undefined {
    let underWay = this.reserved(name);
    for (const other of this.#elsewhere) {
      if (nowMs < other.underWayUntilMs) underWay += other.underWay.get(name) ?? 0;
    }
    return refusalOf(this.#edge(name), window, underWay, nowMs);
  }

  /** What is under way to other own devices takes up credit, too. */
  setElsewhere(elsewhere: readonly UnderWay[]): void {
    this.#elsewhere = elsewhere;
  }

  reserved(name: EdgeName): number {
    return this.#reserved.get(name) ?? 0;
  }

  /** An introduction over this edge is on disk now. */
  reserve(name: EdgeName): void {
    this.#reserved.set(name, this.reserved(name) + 1);
  }

  /** An introduction over this edge has come to its end. */
  release(name: EdgeName): void {
    const left = must(this.#reserved.get(name), "what is released was reserved") - 1;
    if (left === 0) this.#reserved.delete(name);
    else this.#reserved.set(name, left);
  }

  standing(name: EdgeName, nowMs: number): EdgeStanding {
    const edge = this.#edge(name);
    const { violations } = agedEdge(edge, nowMs);
    return {
      violations,
      closedForMs: closedForMs(edge, nowMs),
      reserved: this.reserved(name),
    };
  }

  /** When something unwanted last came over this edge, wall time; 0: never, as far as is known. */
  lastViolationMs(name: EdgeName): number {
    return this.#edge(name).closedAtMs;
  }

  /** When a request over this edge was last shown. */
  shownAtMs(name: EdgeName): number {
    return this.#edge(name).shownAtMs;
  }

  /** Writes that hold one unwanted introduction against an edge. */
  planPunish(name: EdgeName, nowMs: number): readonly RecordWrite[] {
    const value = encodeEdge(punishedEdge(this.#edge(name), nowMs));
    return [{ key: this.#prefix + name, value }, ...this.#planRoom([name], nowMs)];
  }

  /** Edges of which there is something to tell, at most `max`: the last ones to close first. */
  held(nowMs: number, max: number): readonly HeldEdge[] {
    const names = new Set([...this.#edges.keys(), ...this.#reserved.keys()]);
    return [...names]
      .map((name) => ({ name, edge: this.#edge(name), underWay: this.reserved(name) }))
      .filter(({ edge, underWay }) => underWay > 0 || !isClean(edge, nowMs))
      .sort((a, b) => b.edge.closedAtMs - a.edge.closedAtMs || (a.name < b.name ? -1 : 1))
      .slice(0, max);
  }

  /** Writes that hold against edges what another own device holds against them, too. */
  planWorse(held: readonly HeldEdge[], nowMs: number): readonly RecordWrite[] {
    const worse = new Map<EdgeName, Edge>();
    for (const { name, edge } of held) {
      const own = worse.get(name) ?? this.#edge(name);
      const both = worseEdge(own, edge, nowMs);
      if (!isClean(both, nowMs) && !isSame(both, agedEdge(own, nowMs), nowMs)) {
        worse.set(name, both);
      }
    }
    const writes = [...worse].map(([name, edge]) => ({
      key: this.#prefix + name,
      value: encodeEdge(edge),
    }));
    return [...writes, ...this.#planRoom([...worse.keys()], nowMs)];
  }

  /** Writes that count a shown request for the edge's turn. */
  planShown(name: EdgeName, nowMs: number): readonly RecordWrite[] {
    const value = encodeEdge({ ...this.#edge(name), shownAtMs: nowMs });
    return [{ key: this.#prefix + name, value }, ...this.#planRoom([name], nowMs)];
  }

  /** Takes over what has been persisted. */
  apply(writes: readonly RecordWrite[]): void {
    for (const { key, value } of writes) {
      if (!key.startsWith(this.#prefix)) continue;
      const name = key.slice(this.#prefix.length);
      if (value === null) this.#edges.delete(name);
      else this.#edges.set(name, decodeEdge(value));
    }
  }

  #edge(name: EdgeName): Edge {
    return this.#edges.get(name) ?? CLEAN_EDGE;
  }

  /** Forgets as many edges as are new and too many: clean ones, or those with the least against them. */
  #planRoom(names: readonly EdgeName[], nowMs: number): readonly RecordWrite[] {
    const added = names.filter((name) => !this.#edges.has(name)).length;
    const kept = new Set(names);
    const writes: RecordWrite[] = [];
    while (added > 0 && this.#edges.size + added - writes.length > EDGES_MAX) {
      const least = this.#least(kept, nowMs);
      if (least === undefined) break;
      kept.add(least);
      writes.push({ key: this.#prefix + least, value: null });
    }
    return writes;
  }

  /** Of all edges but some the one with the least against it. */
  #least(without: ReadonlySet<EdgeName>, nowMs: number): EdgeName | undefined {
    let least: EdgeName | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const [other, edge] of this.#edges) {
      if (without.has(other)) continue;
      const held = isClean(edge, nowMs) ? -1 : agedEdge(edge, nowMs).violations;
      if (held < fewest) [least, fewest] = [other, held];
      if (held < 0) break;
    }
    return least;
  }
}

/** Whether the same is held against both, and equally long. */
function isSame(one: Edge, other: Edge, nowMs: number): boolean {
  return (
    one.violations === other.violations &&
    one.cleanSinceMs === other.cleanSinceMs &&
    closedForMs(one, nowMs) === closedForMs(other, nowMs)
  );
}
