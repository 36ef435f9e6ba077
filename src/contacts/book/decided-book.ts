import { equalBytes, NO_BYTES } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PersonId } from "../../identity/index.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { decodeKept, digestOf, encodeKept, type Kept } from "./codec.ts";
import { type Decided, UNDECIDED } from "./decided.ts";
import { isUnstamped } from "./stamp.ts";

/** Prefix of the records of what this person has decided about others. */
export const DECIDED = "contacts/y/";

/** Bytes of a sum over everybody. */
export const SUM_BYTES = 16;
/** Bytes of a digest of one person, and of a sum below a prefix. */
export const SHORT_SUM_BYTES = 8;

/**
 * What this person has decided about others, with sums over it by which two devices see whether they have the same:
 * digests of people, added by exclusive or.
 */
export class DecidedBook {
  readonly #suite: CryptoSuite;
  readonly #isMet: (person: PersonId) => boolean;
  readonly #kept = new Map<PersonId, Kept>();
  readonly #digests = new Map<PersonId, Uint8Array>();
  #sum = new Uint8Array(SUM_BYTES);
  /** Called when what is told of somebody has changed. */
  onChanged: (person: PersonId) => void = () => undefined;

  /** @param isMet whether somebody is a contact whose word for us can be shown */
  constructor(suite: CryptoSuite, isMet: (person: PersonId) => boolean) {
    this.#suite = suite;
    this.#isMet = isMet;
  }

  get size(): number {
    return this.#kept.size;
  }

  get(person: PersonId): Kept | undefined {
    return this.#kept.get(person);
  }

  decided(person: PersonId): Decided {
    return this.#kept.get(person)?.decided ?? UNDECIDED;
  }

  /** @throws WireError where the record is damaged */
  load(key: string, value: Uint8Array): void {
    this.#kept.set(key.slice(DECIDED.length), decodeKept(value));
  }

  /** What a home of before knew of somebody of whom there is no record. */
  loadUnstamped(person: PersonId, decided: Decided): void {
    if (!this.#kept.has(person)) this.#kept.set(person, { decided, via: undefined });
  }

  planPut(person: PersonId, kept: Kept): RecordWrite {
    return { key: DECIDED + person, value: encodeKept(kept) };
  }

  planDrop(person: PersonId): RecordWrite {
    return { key: DECIDED + person, value: null };
  }

  /** Takes over what has been persisted. */
  apply(writes: readonly RecordWrite[]): void {
    for (const { key, value } of writes) {
      if (!key.startsWith(DECIDED)) continue;
      const person = key.slice(DECIDED.length);
      if (value === null) this.#kept.delete(person);
      else this.#kept.set(person, decodeKept(value));
      this.refresh(person);
    }
  }

  /** Sums what was loaded. */
  refreshAll(): void {
    for (const person of this.#kept.keys()) this.refresh(person);
  }

  /** What is told of somebody may be something else now. */
  refresh(person: PersonId): void {
    const told = this.told(person);
    const before = this.#digests.get(person);
    const after = told && digestOf(this.#suite, person, told);
    if (before !== undefined) this.#add(before);
    if (after === undefined) this.#digests.delete(person);
    else {
      this.#add(after);
      this.#digests.set(person, after);
    }
    if (before === undefined && after === undefined) return;
    if (before === undefined || after === undefined || !equalBytes(before, after)) {
      this.onChanged(person);
    }
  }

  /**
   * What other own devices hear of somebody: all of contacts whose word can be shown and of deleted ones, of others
   * only whether they are blocked.
   */
  told(person: PersonId): Decided | undefined {
    const decided = this.#kept.get(person)?.decided;
    if (decided === undefined) return undefined;
    const { removedAtMs, blockedAtMs } = decided;
    if (removedAtMs?.value !== undefined || (removedAtMs && this.#isMet(person))) return decided;
    const isPlain = blockedAtMs.value === undefined && isUnstamped(blockedAtMs.stamp);
    return isPlain ? undefined : { ...UNDECIDED, blockedAtMs };
  }

  /** The sum over everybody. */
  get sum(): Uint8Array {
    return this.#sum;
  }

  /** The digest of somebody of whom is told; no bytes where nothing is. */
  digest(person: PersonId): Uint8Array {
    return this.#digests.get(person)?.subarray(0, SHORT_SUM_BYTES) ?? NO_BYTES;
  }

  /** People of whom is told and whose ids begin so. */
  below(prefix: string): readonly PersonId[] {
    return [...this.#digests.keys()].filter((person) => person.startsWith(prefix));
  }

  /** The sum over some of them. */
  sumOf(people: readonly PersonId[]): Uint8Array {
    const sum = new Uint8Array(SHORT_SUM_BYTES);
    for (const person of people) xor(sum, this.digest(person));
    return sum;
  }

  #add(digest: Uint8Array): void {
    const sum = this.#sum.slice();
    xor(sum, digest);
    this.#sum = sum;
  }
}

function xor(into: Uint8Array, other: Uint8Array): void {
  for (const [at, byte] of other.entries()) into[at] = (into[at] ?? 0) ^ byte;
}
