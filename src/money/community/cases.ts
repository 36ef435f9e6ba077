import { NO_BYTES } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import { encodeSlip } from "./entry.ts";
import type { Ledger } from "./ledger.ts";
import { COMPARE_EVERY_MS, ORDER_EVERY_MS } from "./limits.ts";
import type { Frame } from "./protocol.ts";
import { isWordOf } from "./signed.ts";
import type { CommunityId, Entry, FactId, Matter, Signed, Slip, Word } from "./types.ts";

/** Somebody who can be asked for a word now. */
export interface Asked {
  readonly peer: PeerId;
  readonly person: PersonId;
  ask(frame: Frame & { readonly t: "order" }): void;
}

/** An order that too few stewards have signed so far. */
export interface Case {
  readonly entry: Entry;
  slip: Slip | undefined;
  readonly words: Map<number, Word>;
  readonly late: Map<number, Word>;
  /** Who was asked, or looked for, since there was news. */
  readonly asked: Set<string>;
  /** When all are asked again. */
  dueAtMs: number;
  /** How often that was in vain. */
  rounds: number;
  /** What stewards said instead of signing. */
  readonly refusals: Map<PeerId, { readonly person: PersonId; readonly code: string }>;
}

/** What cases are gathered for. */
export interface CasesParts {
  readonly id: CommunityId;
  readonly suite: CryptoSuite;
  readonly ledger: Ledger;
  readonly nowMs: () => number;
  /** How many stewards are in reach, those with whom no stream is open yet among them. */
  readonly reached: () => number;
  /** Stewards and tellers who can be asked now, this device among them. */
  readonly stewards: () => Iterable<Asked>;
  readonly tellers: () => Iterable<Asked>;
  /** Enough have signed. */
  readonly settled: (signed: Signed) => void;
}

/** Gathers stewards' words under orders: this device's own, and what tellers answer for. */
export class Cases {
  readonly #parts: CasesParts;
  readonly #cases = new Map<FactId, Case>();

  constructor(parts: CasesParts) {
    this.#parts = parts;
  }

  get(id: FactId): Case | undefined {
    return this.#cases.get(id);
  }

  /** Begins to gather words, or adds a slip to an order. */
  put(entry: Entry, slip: Slip | undefined): Case {
    const known = this.#cases.get(entry.id);
    if (known !== undefined) {
      known.slip ??= slip;
      return known;
    }
    const made: Case = {
      ...{ entry, slip, words: new Map<number, Word>(), late: new Map<number, Word>() },
      ...{ asked: new Set<string>(), dueAtMs: 0, rounds: 0, refusals: new Map() },
    };
    this.#cases.set(entry.id, made);
    return made;
  }

  delete(id: FactId): void {
    this.#cases.delete(id);
  }

  /** Something new is here: those who lacked something may have it now. */
  renew(): void {
    for (const { asked, refusals } of this.#cases.values()) {
      for (const [peer, { code }] of refusals) {
        if (code !== "gap") continue;
        asked.delete(peer);
        refusals.delete(peer);
      }
    }
  }

  /** Somebody came into reach: they are asked at once. */
  met(peer: PeerId): void {
    for (const each of this.#cases.values()) {
      each.asked.delete(peer);
      each.asked.delete(tellerName(peer));
      each.rounds = 0;
    }
  }

  /** Asks whoever can be asked and was not lately. */
  push(): void {
    for (const each of [...this.#cases.values()])
      if (this.#cases.has(each.entry.id)) this.#push(each);
  }

  /** A steward has signed. */
  hear(id: FactId, isLate: boolean, word: Word): void {
    const found = this.#cases.get(id);
    if (found === undefined) return;
    const { ledger, suite } = this.#parts;
    const { entry } = found;
    const rules = ledger.rules(entry.rules);
    const matter: Matter = { t: isLate ? "late" : "entry", entry };
    const list = isLate ? found.late : found.words;
    if (rules === undefined || list.has(word.seat)) return;
    if (!isWordOf(suite, word, rules.seats, matter)) return;
    list.set(word.seat, word);
    if (isLate) found.asked.clear();
    if (list.size < rules.need) {
      if (isLate) this.#push(found);
      return;
    }
    this.#cases.delete(id);
    const words = [...list.values()].sort((a, b) => a.seat - b.seat);
    this.#parts.settled({ matter, words, consents: [] });
  }

  /** A steward does not sign, for a reason. */
  refuse(id: FactId, by: { readonly peer: PeerId; readonly person: PersonId }, code: string): void {
    this.#cases.get(id)?.refusals.set(by.peer, { person: by.person, code });
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { dueAtMs } of this.#cases.values()) next = Math.min(next, dueAtMs);
    return next;
  }

  #push(each: Case): void {
    const { ledger, nowMs, reached, stewards, tellers } = this.#parts;
    if (nowMs() >= each.dueAtMs) {
      each.asked.clear();
      const waitMs = Math.min(COMPARE_EVERY_MS, ORDER_EVERY_MS * 2 ** Math.min(each.rounds++, 10));
      each.dueAtMs = nowMs() + waitMs;
    }
    const { entry, slip } = each;
    const { chain } = ledger.account(entry.account);
    const need = ledger.current?.need ?? 0;
    if (reached() < need && slip === undefined && entry.body.t !== "open") {
      for (const teller of tellers()) this.#ask(each, teller, true);
    }
    // What is ahead of the books waits until those before it are in them.
    if (entry.number > chain.count + 1) return;
    for (const steward of [...stewards()]) this.#ask(each, steward, false);
  }

  #ask(each: Case, whom: Asked, isForTeller: boolean): void {
    const { id } = this.#parts;
    const name = isForTeller ? tellerName(whom.peer) : whom.peer;
    if (each.asked.has(name)) return;
    each.asked.add(name);
    const slip = each.slip === undefined ? NO_BYTES : encodeSlip(each.slip);
    const { content } = each.entry;
    whom.ask({ t: "order", id, content, slip, late: [...each.late.values()], isForTeller });
  }
}

/** A device may be asked as a teller and as a steward. */
function tellerName(peer: PeerId): string {
  return `${peer} teller`;
}
