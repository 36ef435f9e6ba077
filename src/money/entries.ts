import type { CryptoSuite } from "../crypto/index.ts";
import type { RecordStore } from "../ports/index.ts";
import { explain } from "./disk.ts";
import type { MoneyError } from "./errors.ts";
import { ENTRIES_MAX } from "./limits.ts";
import { decodeSnapshot, LineState, type Op, type Side } from "./line/index.ts";
import type { LineEntry } from "./line-entry.ts";
import { decodeKept, type KeptBatch, logPrefix } from "./line-record.ts";

/** One line of a statement. Amounts in the smallest unit. */
export interface StatementEntry {
  /** Seconds since 1970 by the clock of who wrote it. */
  readonly atS: number;
  readonly byUs: boolean;
  readonly what: "paid" | "taken" | "locked" | "let-go" | "limit" | "closed";
  /** More than 0: to us; less: from us. 0 for what moves nothing; the new limit for "limit". */
  readonly amount: number;
  /** Of "taken": what the request says, where this person paid it or was paid by it. */
  readonly memo: string;
  /** What the partner owes us afterwards; less than 0: we owe. */
  readonly balance: number;
}

/** What entries are read with. */
export interface EntriesParts {
  readonly records: RecordStore;
  readonly suite: Pick<CryptoSuite, "sha256">;
  /** What the request of a payment with this hash says it is for; "" where it is nobody's here. */
  memoOf(hash: Uint8Array): string;
}

/** An entry with the hash of the lock that was taken. */
type Found = StatementEntry & { readonly hash: Uint8Array | undefined };

/**
 * What happened on a line, oldest first: the newest `limit` entries of all that is on disk, read one epoch after
 * another. Errors: disk errors.
 */
export function readEntries(
  parts: EntriesParts,
  line: LineEntry,
  limit: number,
  done: (error: MoneyError | null, entries: readonly StatementEntry[]) => void,
): void {
  let state = new LineState(parts.suite);
  let entries: Found[] = [];
  const counts = { ours: 0, theirs: 0 };
  const next = (epoch: number): void => {
    parts.records.scan(logPrefix(line.id, epoch), (error, found) => {
      if (error !== null) {
        done(explain(error), []);
        return;
      }
      const kept = found.map(({ value }) => decodeKept(value));
      const { snapshot } = line.record;
      if (epoch < line.record.epoch && !isInRow(kept, counts)) {
        // A salvaged disk lacks parts of the past: what is known for sure begins here.
        state = decodeSnapshot(parts.suite, snapshot, line.core.side).full;
        entries = [];
        next(line.record.epoch);
        return;
      }
      for (const each of kept) append(entries, state, line, each);
      entries = entries.slice(-Math.min(limit, ENTRIES_MAX));
      if (epoch < line.record.epoch) next(epoch + 1);
      else
        done(
          null,
          entries.map((entry) => withMemo(entry, parts)),
        );
    });
  };
  next(0);
}

function withMemo({ hash, ...entry }: Found, parts: EntriesParts): StatementEntry {
  return hash === undefined ? entry : { ...entry, memo: parts.memoOf(hash) };
}

/** Whether no batch is missing, of all that come before the last of these. */
function isInRow(kept: readonly KeptBatch[], counts: { ours: number; theirs: number }): boolean {
  return (
    kept.length > 0 &&
    kept.every(({ isOurs, batch }) => {
      const half = isOurs ? "ours" : "theirs";
      counts[half]++;
      return batch.number === counts[half];
    })
  );
}

/** Adds what a batch says, as it was when it came to disk. */
function append(
  entries: Found[],
  state: LineState,
  { core }: LineEntry,
  { isOurs, batch }: KeptBatch,
): void {
  const { side, theirSide } = core;
  const author = isOurs ? side : theirSide;
  for (const op of batch.ops) {
    const facts = factsOf(state, author, op);
    state.apply(author, op);
    if (facts === undefined) continue;
    const { hash, memo, to, what } = facts;
    const amount = to === side || what === "limit" ? facts.amount : 0 - facts.amount;
    const balance = state.debtOf(theirSide);
    entries.push({ atS: batch.atS, byUs: isOurs, what, amount, memo, balance, hash });
  }
}

interface Facts {
  readonly what: StatementEntry["what"];
  readonly amount: number;
  readonly to: Side;
  readonly memo: string;
  readonly hash?: Uint8Array | undefined;
}

function factsOf(state: LineState, author: Side, op: Op): Facts | undefined {
  const other = author === 0 ? 1 : 0;
  switch (op.t) {
    case "pay":
      return { what: "paid", amount: op.amount, to: other, memo: op.memo };
    case "prepare":
      return { what: "locked", amount: 0, to: other, memo: "" };
    case "fulfil": {
      const lock = state.halves[other].locks.get(op.lock);
      return { what: "taken", amount: lock?.amount ?? 0, to: author, memo: "", hash: lock?.hash };
    }
    case "cancel":
      return { what: "let-go", amount: 0, to: author, memo: op.reason };
    case "limit":
      return { what: "limit", amount: op.amount, to: author, memo: "" };
    case "close":
      return { what: "closed", amount: 0, to: author, memo: "" };
    default:
      return undefined;
  }
}
