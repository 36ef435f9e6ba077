import type { SigningKey } from "../../crypto/index.ts";
import type { PersonId } from "../../identity/index.ts";
import { MoneyError } from "../errors.ts";
import { readEntry } from "./entry.ts";
import { APPLICANTS_MAX } from "./limits.ts";
import { placeOf, type Sight, verdictOf } from "./seat.ts";
import { keys, type Shelf } from "./shelf.ts";
import { isWordOf, makeWord } from "./signed.ts";
import { amountOf } from "./slips.ts";
import { decodeSlipPart, encodeSlipPart } from "./steward-record.ts";
import type { AccountId, Entry, FactId, Slip, Word } from "./types.ts";

/** A steward's answer to an order. */
export type Answer =
  | { readonly t: "word"; readonly isLate: boolean; readonly word: Word }
  | { readonly t: "no"; readonly code: string };

/** What a steward's device is made of. */
export interface StewardParts {
  readonly id: string;
  readonly key: SigningKey;
  readonly shelf: Shelf;
  readonly sight: () => Sight;
  /** Whether it may sign at all now. */
  readonly isResting: () => boolean;
  readonly isAdmitted: (account: AccountId) => boolean;
}

/** A steward's device: signs orders by itself, at most one under each number of an account. */
export class Steward {
  readonly #parts: StewardParts;
  readonly #last = new Map<AccountId, Entry>();
  /** Those of them that the disk has. */
  readonly #kept = new Set<FactId>();
  readonly #late = new Map<FactId, { readonly teller: PersonId; readonly amount: number }>();
  /** Who asks to begin an account, and how; the oldest first. */
  readonly applicants: Map<AccountId, Entry> = new Map();

  constructor(parts: StewardParts) {
    this.#parts = parts;
  }

  /** What was signed last for an account. */
  lastOf(account: AccountId): Entry | undefined {
    return this.#last.get(account);
  }

  /** Takes back what the disk has. */
  load(kind: "last" | "late", name: string, value: Uint8Array): void {
    const { suite } = this.#parts.sight();
    if (kind === "late") this.#late.set(name, decodeSlipPart(value));
    else this.#last.set(name, readEntry(suite, value));
    if (kind === "last") this.#kept.add(this.#last.get(name)?.id ?? "");
  }

  /**
   * Answers an order once the answer is on disk.
   * @param late words of stewards who have signed it as one besides another
   */
  answer(
    entry: Entry,
    slip: Slip | undefined,
    late: readonly Word[],
    done: (answer: Answer) => void,
  ): void {
    try {
      this.#sign(entry, slip, late, done);
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      done({ t: "no", code: error.code });
    }
  }

  #sign(
    entry: Entry,
    slip: Slip | undefined,
    late: readonly Word[],
    done: (answer: Answer) => void,
  ): void {
    const { key, shelf, id } = this.#parts;
    const sight = this.#parts.sight();
    const rules = sight.ledger.rules(entry.rules);
    const place = placeOf(rules, key.publicKey);
    if (rules === undefined) throw new MoneyError("gap", "Those rules are not here.");
    if (place === undefined || placeOf(sight.ledger.current, key.publicKey) === undefined) {
      throw new MoneyError("not-allowed", "This is no steward's device.");
    }
    if (this.#parts.isResting()) throw new MoneyError("stale", RESTING);
    const matter = { t: "late", entry } as const;
    const isDisputed = late.some((word) => isWordOf(sight.suite, word, rules.seats, matter));
    const memory = {
      last: this.#last,
      isAdmitted: this.#parts.isAdmitted(entry.account),
      late: (teller: PersonId) => this.#lateOf(teller, entry.id),
    };
    const verdict = verdictOf(sight, memory, entry, slip, isDisputed);
    if (verdict.t === "ask") {
      if (this.applicants.size < APPLICANTS_MAX) this.applicants.set(entry.account, entry);
      done({ t: "no", code: "asked" });
      return;
    }
    const isLate = verdict.matter.t === "late";
    const give = (): void =>
      done({ t: "word", isLate, word: makeWord(key, place, verdict.matter) });
    if (!isLate && this.#kept.has(entry.id)) {
      give();
      return;
    }
    const former = this.#last.get(entry.account);
    const record = isLate && slip !== undefined ? this.#noteLate(slip) : this.#noteLast(entry);
    // A word that the disk does not remember is not given: another might be given for the same number.
    shelf.put(record.key(id), record.value, (error) => {
      if (error !== null) {
        done({ t: "no", code: error.code });
        return;
      }
      if (!isLate) {
        this.#kept.delete(former?.id ?? "");
        this.#kept.add(entry.id);
      }
      give();
    });
  }

  #noteLast(entry: Entry): { key: (id: string) => string; value: Uint8Array } {
    this.#last.set(entry.account, entry);
    this.applicants.delete(entry.account);
    return { key: (id) => keys.last(id, entry.account), value: entry.content };
  }

  #noteLate({ entry, teller }: Slip): { key: (id: string) => string; value: Uint8Array } {
    const part = { teller, amount: amountOf(entry) };
    this.#late.set(entry.id, part);
    return { key: (id) => keys.late(id, entry.id), value: encodeSlipPart(part) };
  }

  #lateOf(teller: PersonId, except: FactId): number {
    let sum = 0;
    for (const [id, each] of this.#late)
      if (each.teller === teller && id !== except) sum += each.amount;
    return sum;
  }
}

const RESTING = "This steward's home may be an old copy: it signs nothing until the rules change.";
