import type { CryptoSuite } from "../../crypto/index.ts";
import { MoneyError } from "../errors.ts";
import type { Ledger } from "./ledger.ts";
import { PROPOSALS_MAX, PROPOSALS_PER_SEAT_MAX } from "./limits.ts";
import { checkWords, idOf, isEnough, joined, judgesOf } from "./signed.ts";
import type { FactId, Signed } from "./types.ts";

/** What waits for stewards' hands: rules, and acts. At least one of them has signed each. */
export class Proposals {
  readonly #suite: CryptoSuite;
  readonly #ledger: Ledger;
  readonly #all = new Map<FactId, Signed>();

  constructor(suite: CryptoSuite, ledger: Ledger) {
    this.#suite = suite;
    this.#ledger = ledger;
  }

  all(): readonly Signed[] {
    return [...this.#all.values()];
  }

  get(id: FactId): Signed | undefined {
    return this.#all.get(id);
  }

  /**
   * Takes in a proposal, or more words under one. Errors: "gap", "bad-signature", "too-few" where nobody has signed
   * it, "stale" where it is of other rules than those that hold, "full".
   * @returns the proposal with all words known here; undefined where nothing is new
   */
  put(signed: Signed): Signed | undefined {
    const { matter } = signed;
    const id = idOf(matter);
    if (matter.t !== "rules" && matter.t !== "act") {
      throw new MoneyError("bad-entry", "Only rules and acts are proposed.");
    }
    const judges = this.#judges(signed);
    const known = this.#all.get(id);
    const whole = known === undefined ? signed : joined(known, signed);
    if (known !== undefined && sizeOf(whole) === sizeOf(known)) return undefined;
    checkWords(this.#suite, whole, judges);
    // Those whom rules would bring in agree to them, and propose none: anybody could name themselves.
    const isBegun = judges === undefined ? sizeOf(whole) > 0 : whole.words.length > 0;
    if (!isBegun) throw new MoneyError("too-few", "No steward has signed this proposal.");
    if (known === undefined) this.#checkRoom(signed);
    this.#all.set(id, whole);
    return whole;
  }

  /** Whether it has all words that it needs. */
  isDone(signed: Signed): boolean {
    return isEnough(signed, this.#ledger.rules(judgesOf(signed.matter)));
  }

  delete(id: FactId): void {
    this.#all.delete(id);
  }

  /** Proposals that the rules of now have gone past. */
  outdated(): readonly FactId[] {
    const found: FactId[] = [];
    for (const [id, signed] of this.#all) if (!this.#isCurrent(signed)) found.push(id);
    return found;
  }

  #isCurrent({ matter }: Signed): boolean {
    const { current } = this.#ledger;
    if (matter.t === "rules") return matter.rules.base === (current?.id ?? "");
    return matter.t === "act" && matter.act.rules === current?.id;
  }

  #judges(signed: Signed): ReturnType<Ledger["rules"]> {
    if (!this.#isCurrent(signed)) {
      throw new MoneyError("stale", "The rules have changed since this was proposed.");
    }
    const { matter } = signed;
    if (matter.t === "rules" && matter.rules.community !== this.#ledger.id) {
      throw new MoneyError("bad-rules", "These rules are not of this community.");
    }
    return this.#ledger.rules(judgesOf(matter));
  }

  #checkRoom({ words, consents }: Signed): void {
    if (this.#all.size >= PROPOSALS_MAX) throw new MoneyError("full", FULL);
    const first = (words[0] ?? consents[0])?.seat;
    let ofSame = 0;
    for (const each of this.#all.values()) {
      if ((each.words[0] ?? each.consents[0])?.seat === first) ofSame++;
    }
    if (ofSame >= PROPOSALS_PER_SEAT_MAX) throw new MoneyError("full", FULL);
  }
}

function sizeOf({ words, consents }: Signed): number {
  return words.length + consents.length;
}

const FULL =
  "Too many proposals wait for stewards. Sign some first; those of old rules go by themselves.";
