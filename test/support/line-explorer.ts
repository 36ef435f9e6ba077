import { toHex, utf8 } from "../../src/base/bytes.ts";
import { type Batch, decodeBatch, type Op, type Side } from "../../src/money/line/index.ts";
import { couple, End, evaluate, opening, toySuite } from "./line-rig.ts";

/** What may happen next on either side. */
const KINDS = [
  "pay",
  "prepare",
  "fulfil",
  "cancel",
  "lower",
  "raise",
  "seal",
  "hear",
  "crash",
] as const;

/** One step of one side. */
interface Step {
  readonly side: Side;
  readonly kind: (typeof KINDS)[number];
}

const STEPS: readonly Step[] = ([0, 1] as const).flatMap((side) =>
  KINDS.map((kind) => ({ side, kind })),
);
const PREIMAGE = toySuite.sha256(utf8("the preimage"));
const HASH = toySuite.sha256(PREIMAGE);

/** The largest limit that is ever given. */
export const EXPLORED_LIMIT = 2;

/** What an exploration found. */
export interface Explored {
  /** Different states of both sides and what is on its way. */
  readonly states: number;
  readonly steps: number;
  /** What broke, as the way there; empty where nothing did. */
  readonly violations: readonly string[];
}

/**
 * Tries everything that two sides of a line can do, in every order, up to a depth: every interleaving of what they
 * write, sign, hear and lose by a crash, with limits of 0 and 2 units. Depth first, states that were met before (with
 * as much depth left) are not entered again.
 */
export function explore(depth: number): Explored {
  const met = new Map<string, number>();
  const violations: string[] = [];
  let steps = 0;
  const visit = (way: readonly Step[]): void => {
    for (const step of STEPS) {
      const next = [...way, step];
      const world = worldAfter(next);
      steps++;
      if (world === undefined) continue;
      const left = depth - next.length;
      const known = met.get(world.key());
      if (known !== undefined && known >= left) continue;
      met.set(world.key(), left);
      const broken = world.broken();
      if (broken !== undefined) {
        violations.push(`${next.map(({ side, kind }) => `${side} ${kind}`).join(", ")}: ${broken}`);
        continue;
      }
      if (left > 0) visit(next);
    }
  };
  visit([]);
  return { states: met.size, steps, violations };
}

/** The world after these steps; undefined where the last one changes nothing. */
function worldAfter(way: readonly Step[]): SmallWorld | undefined {
  const world = new SmallWorld();
  let hasChanged = true;
  for (const step of way) hasChanged = world.step(step);
  return hasChanged ? world : undefined;
}

class SmallWorld {
  readonly ends: readonly [End, End];
  #locks = 0;

  constructor() {
    const people = couple();
    this.ends = [new End(people, 0), new End(people, 1)];
    for (const end of this.ends) {
      end.act(opening(end.identity));
      end.act({ t: "limit", amount: EXPLORED_LIMIT });
      end.seal();
    }
    for (const side of [0, 1] as const) this.#hear(side);
  }

  /** Whether anything is different afterwards. */
  step({ side, kind }: Step): boolean {
    const end = this.ends[side];
    switch (kind) {
      case "seal":
        return end.seal() !== undefined;
      case "hear":
        return this.#hear(side);
      case "crash":
        if (end.core.drafts.count === 0) return false;
        end.restart();
        return true;
      default: {
        const op = this.#op(end, kind);
        return op !== undefined && end.act(op);
      }
    }
  }

  key(): string {
    return this.ends
      .map(({ core }) => {
        const { drafts, ours, theirs } = core;
        return `${toHex(ours.head)} ${theirs.count} ${drafts.count} ${stateText(core.full)}`;
      })
      .join(" / ");
  }

  broken(): string | undefined {
    const logs = this.#logs();
    try {
      evaluate(logs);
    } catch (error) {
      return `not allowed where it was written: ${String(error)}`;
    }
    for (const { core } of this.ends) {
      for (const side of [0, 1] as const) {
        const owed = core.full.debtOf(side) + core.full.halves[side].locked;
        if (owed > EXPLORED_LIMIT) return `side ${side} owes ${owed}`;
        if (core.full.halves[side].locked < 0) return "less than nothing is locked";
      }
    }
    return this.#differs();
  }

  /** Both have heard all: do they say the same? */
  #differs(): string | undefined {
    while (this.#hear(0) || this.#hear(1));
    const [one, other] = this.ends;
    if (one.core.drafts.count + other.core.drafts.count > 0) return undefined;
    const same = stateText(one.core.full) === stateText(other.core.full);
    return same ? undefined : "the sides differ";
  }

  #logs(): [Batch[], Batch[]] {
    const [one, other] = this.ends.map((end) =>
      end.ownBatches().map((bytes) => decodeBatch(bytes)),
    );
    return [one ?? [], other ?? []];
  }

  #op({ core }: End, kind: Step["kind"]): Op | undefined {
    const [number] = core.full.halves[core.theirSide].locks.keys();
    if (kind === "pay") return { t: "pay", amount: 1, memo: "" };
    if (kind === "lower") return { t: "limit", amount: 0 };
    if (kind === "raise") return { t: "limit", amount: EXPLORED_LIMIT };
    if (kind === "prepare") {
      const id = new Uint8Array(16).fill(++this.#locks);
      return { t: "prepare", lock: { id, amount: 1, hash: HASH, onion: new Uint8Array(0) } };
    }
    if (number === undefined) return undefined;
    if (kind === "fulfil") return { t: "fulfil", lock: number, preimage: PREIMAGE };
    return { t: "cancel", lock: number, reason: "" };
  }

  /** The next batch of the other side arrives, and once more. */
  #hear(side: Side): boolean {
    const end = this.ends[side];
    const bytes = this.ends[end.core.theirSide].ownBatches()[end.core.theirs.count];
    if (bytes === undefined) return false;
    const taken = end.take(bytes);
    if (typeof taken === "string" || taken.t !== "new")
      throw new RangeError(`Refused: ${JSON.stringify(taken)}`);
    const again = end.take(bytes);
    if (typeof again === "string" || again.t !== "known") throw new RangeError("Taken twice.");
    return true;
  }
}

function stateText({ debt, halves }: End["core"]["full"]): string {
  const half = halves.map(({ limit, locked, prepared, locks }) => [
    limit,
    locked,
    prepared,
    [...locks.keys()],
  ]);
  return JSON.stringify([debt, half]);
}
