import { must, TypedError } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { GroupLog, type Op, pastOf, readSkeleton, writeSkeleton } from "../../groups/log/index.ts";
import type { Random } from "../../ports/index.ts";
import { chance, shuffled } from "../dice.ts";
import { FUZZ_VOUCHING } from "./fuzz-people.ts";

/** A checkpoint of some part at some time. */
export interface FuzzCheckpoint {
  readonly skeleton: Uint8Array;
  readonly holds: ReadonlySet<string>;
}

/** A checkpoint of what one part knows, or of less. */
export function fuzzCheckpoint(random: Random, part: GroupLog): FuzzCheckpoint {
  const { ops } = part;
  const last = ops.size - 1;
  const heads = chance(random, 0.5)
    ? ops.heads().map((id) => must(ops.placeOf(id), "heads are here"))
    : [random.u32() % ops.size, chance(random, 0.5) ? last : 0];
  const cut = pastOf(ops, heads);
  const holds = ops.entries.filter(({ index }) => cut[index] === true).map(({ op }) => op.id);
  return { skeleton: writeSkeleton(ops, cut), holds: new Set(holds) };
}

/** What newcomers say who began with a checkpoint, true or false, and got the rest in some order. */
export class FuzzNewcomers {
  readonly #suite: CryptoSuite;
  readonly #random: Random;
  readonly #all: readonly Op[];
  readonly #digest: string;
  readonly diverged: string[] = [];
  /** False checkpoints that could be read at all. */
  lies = 0;

  constructor(suite: CryptoSuite, random: Random, all: readonly Op[], digest: string) {
    this.#suite = suite;
    this.#random = random;
    this.#all = all;
    this.#digest = digest;
  }

  /** Without any of the history the meaning is the same; with it nothing changes. */
  honest({ skeleton, holds }: FuzzCheckpoint): void {
    const log = this.#begun(skeleton);
    if (log === undefined) {
      this.diverged.push("an honest checkpoint is refused");
      return;
    }
    if (chance(this.#random, 0.5)) log.members();
    this.#take(
      log,
      this.#all.filter(({ id }) => !holds.has(id)),
    );
    this.#same(log, "with a checkpoint and what came since");
    this.#take(log, this.#all);
    if (log.ops.thinOps > 0) this.diverged.push("the history leaves gaps");
    this.#same(log, "with a checkpoint and its history");
    if (log.freshDigest() !== this.#digest) this.diverged.push("a newcomer differs anew");
  }

  /** A checkpoint that says something else is found out, whatever it was. */
  lying({ skeleton }: FuzzCheckpoint): void {
    const false_ = skeleton.slice();
    for (let count = 1 + (this.#random.u32() % 3); count > 0; count--) {
      const at = this.#random.u32() % false_.length;
      false_[at] = (false_[at] ?? 0) ^ (1 << (this.#random.u32() % 8));
    }
    const log = this.#begun(false_);
    if (log === undefined) return;
    this.lies++;
    this.#take(log, this.#all);
    if (log.ops.thinOps > 0) log.doubt();
    this.#take(log, this.#all);
    this.#same(log, "with a false checkpoint, once the history is here");
  }

  #begun(skeleton: Uint8Array): GroupLog | undefined {
    const log = new GroupLog(this.#suite, FUZZ_VOUCHING);
    try {
      log.begin(readSkeleton(this.#suite, FUZZ_VOUCHING, skeleton));
      return log;
    } catch (error) {
      if (error instanceof TypedError) return undefined;
      throw error;
    }
  }

  /** In some order, again and again as long as something new is taken. */
  #take(log: GroupLog, ops: readonly Op[]): void {
    for (let before = -1; before !== this.#whole(log); ) {
      before = this.#whole(log);
      for (const at of shuffled(this.#random, ops.length)) {
        this.#takeOne(log, must(ops[at], "it is one of them"));
        if (chance(this.#random, 0.05) && log.ops.size > 0) log.members();
      }
    }
  }

  #takeOne(log: GroupLog, op: Op): void {
    try {
      if (!log.ops.has(op.id)) log.add(op);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      if (error.code === "bad-checkpoint") log.doubt();
    }
  }

  #whole(log: GroupLog): number {
    return log.ops.size - log.ops.thinOps;
  }

  #same(log: GroupLog, words: string): void {
    if (log.ops.size === 0 || log.digest() !== this.#digest) this.diverged.push(words);
  }
}
