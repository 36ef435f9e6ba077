import { assert } from "../../base/errors.ts";
import type { PeerId } from "../../identity/index.ts";
import { DevicesError } from "../errors.ts";
import { LOG_OPS_MAX, LOG_OPS_RESERVED, OPS_PER_DEVICE_MAX } from "../limits.ts";
import type { DeviceOp } from "./op.ts";

/** An operation and where it stands among the others. */
export interface PlacedOp {
  readonly op: DeviceOp;
  /** Place in the log of this peer; parents come first. */
  readonly index: number;
  /** A bit for each operation that came before it, directly or not, by index. */
  readonly past: bigint;
  /** Length of the longest chain that leads to it: 1 without parents. */
  readonly generation: number;
}

/** Whether one operation came before another. */
export function isBefore(earlier: PlacedOp, later: PlacedOp): boolean {
  return ((later.past >> BigInt(earlier.index)) & 1n) === 1n;
}

/** The operations of one person's device log: a set that only grows, with its causal order. */
export class OpDag {
  readonly #placed: PlacedOp[] = [];
  readonly #byId = new Map<string, PlacedOp>();
  readonly #heads = new Set<string>();
  readonly #counts = new Map<PeerId, number>();
  /** Operations that add a device, whoever signed them. */
  readonly #adding = new Map<PeerId, PlacedOp[]>();

  get size(): number {
    return this.#placed.length;
  }

  /** In an order in which parents come first. */
  all(): readonly PlacedOp[] {
    return this.#placed;
  }

  get(id: string): PlacedOp | undefined {
    return this.#byId.get(id);
  }

  /** Ids of operations that no other one follows, in order. */
  heads(): readonly string[] {
    return [...this.#heads].sort();
  }

  /**
   * Adds an operation.
   * @param isEntitled whether it may take a place of the reserve
   * @returns false where it is there already
   * @throws DevicesError("missing-past") where a parent is unknown, "bad-op" where nobody had added
   *   its author before, "log-full" beyond a limit
   */
  add(op: DeviceOp, isEntitled: boolean): boolean {
    if (this.#byId.has(op.id)) return false;
    const parents = op.parents.map((id) => this.#byId.get(id));
    this.#checkRoom(op, isEntitled);
    let past = 0n;
    let generation = 0;
    for (const parent of parents) {
      if (parent === undefined) {
        throw new DevicesError("missing-past", "An operation came before one that it follows.");
      }
      past |= parent.past | (1n << BigInt(parent.index));
      generation = Math.max(generation, parent.generation);
    }
    const placed: PlacedOp = { op, index: this.size, past, generation: generation + 1 };
    if (op.author !== undefined && !this.#wasAdded(op.author, placed)) {
      throw new DevicesError("bad-op", "An operation of a device log is signed by a stranger.");
    }
    if (op.change.kind === "add") {
      this.#adding.set(op.device, [...(this.#adding.get(op.device) ?? []), placed]);
    }
    for (const id of op.parents) this.#heads.delete(id);
    this.#heads.add(op.id);
    this.#placed.push(placed);
    this.#byId.set(op.id, placed);
    if (op.author !== undefined) this.#counts.set(op.author, this.#countOf(op.author) + 1);
    assert(this.size <= LOG_OPS_MAX, "the log is bounded");
    return true;
  }

  /** Whether the person's own key has added this device. */
  isAddedByPerson(device: PeerId): boolean {
    return this.#adding.get(device)?.some(({ op }) => op.author === undefined) ?? false;
  }

  /** Operations that are neither among these heads nor before them; all where one is unknown. */
  since(heads: readonly string[]): readonly DeviceOp[] {
    let known = 0n;
    for (const id of heads) {
      const head = this.#byId.get(id);
      if (head === undefined) continue;
      known |= head.past | (1n << BigInt(head.index));
    }
    return this.#placed
      .filter(({ index }) => ((known >> BigInt(index)) & 1n) === 0n)
      .map(({ op }) => op);
  }

  /** An operation and all that came before it. */
  upTo(id: string): readonly DeviceOp[] {
    const last = this.#byId.get(id);
    if (last === undefined) return [];
    return this.#placed.filter((one) => one === last || isBefore(one, last)).map(({ op }) => op);
  }

  #checkRoom({ author }: DeviceOp, isEntitled: boolean): void {
    const isFlooding = author !== undefined && this.#countOf(author) >= OPS_PER_DEVICE_MAX;
    const max = isEntitled ? LOG_OPS_MAX : LOG_OPS_MAX - LOG_OPS_RESERVED;
    if (!isFlooding && this.size < max) return;
    throw new DevicesError("log-full", "This device log has no room for another operation.");
  }

  #wasAdded(device: PeerId, by: PlacedOp): boolean {
    return this.#adding.get(device)?.some((added) => isBefore(added, by)) ?? false;
  }

  #countOf(author: PeerId): number {
    return this.#counts.get(author) ?? 0;
  }
}
