import { toHex } from "../../base/bytes.ts";
import type { PersonId } from "../../identity/index.ts";
import { skeleton } from "../confusables.ts";
import { foldName, numberedName } from "../petname.ts";
import type { Field } from "./decided.ts";
import { isUnstamped, readStamp } from "./stamp.ts";

/** What somebody is to be called. */
export interface Wish {
  readonly personId: PersonId;
  readonly name: Field<string>;
  /** Whether they were met: those come first, as other devices know nobody else. */
  readonly isMet: boolean;
}

interface Look {
  readonly fold: string;
  readonly look: string;
  readonly isUnstamped: boolean;
  /** Sorts who was called so first to the front. */
  readonly order: string;
}

/** Finds a name for everybody, no two alike: the same on every device where the same was decided. */
export class Names {
  /** Looks are dear, and names seldom change. */
  readonly #looks = new WeakMap<Field<string>, Look>();

  /**
   * Whoever was called so first keeps the name, everybody else has a number behind it. Two names that only look
   * alike stay where both are older than that rule.
   */
  assign(wishes: readonly Wish[]): ReadonlyMap<PersonId, string> {
    const taken = new Taken();
    const assigned = new Map<PersonId, string>();
    for (const isMet of [true, false]) {
      const group = wishes.filter((wish) => wish.isMet === isMet);
      const late: Wish[] = [];
      for (const wish of this.#inOrder(group)) {
        const { personId, name } = wish;
        const look = this.#lookOf(name);
        if (taken.has(look)) late.push(wish);
        else {
          taken.add(look);
          assigned.set(personId, name.value);
        }
      }
      for (const { personId, name } of late) assigned.set(personId, taken.numbered(name.value));
    }
    return assigned;
  }

  #inOrder(wishes: readonly Wish[]): readonly Wish[] {
    const keyed = wishes.map((wish) => ({
      wish,
      key: this.#lookOf(wish.name).order + wish.personId,
    }));
    return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ wish }) => wish);
  }

  #lookOf(name: Field<string>): Look {
    const known = this.#looks.get(name);
    if (known !== undefined) return known;
    const { stamp, value } = name;
    const look = {
      fold: foldName(value),
      look: skeleton(value),
      isUnstamped: isUnstamped(stamp),
      order: readStamp(stamp).atMs.toString(16).padStart(12, "0") + toHex(stamp),
    };
    this.#looks.set(name, look);
    return look;
  }
}

class Taken {
  readonly #folds = new Set<string>();
  readonly #looks = new Set<string>();
  readonly #stampedLooks = new Set<string>();
  /** Where to go on counting, so that many of one name are not counted from one each. */
  readonly #numbers = new Map<string, number>();

  has({ fold, look, isUnstamped: isOld }: Look): boolean {
    return this.#folds.has(fold) || (isOld ? this.#stampedLooks : this.#looks).has(look);
  }

  add({ fold, look, isUnstamped: isOld }: Pick<Look, "fold" | "look" | "isUnstamped">): void {
    this.#folds.add(fold);
    this.#looks.add(look);
    if (!isOld) this.#stampedLooks.add(look);
  }

  numbered(base: string): string {
    const key = foldName(base);
    for (let number = this.#numbers.get(key) ?? 2; ; number++) {
      const name = numberedName(base, number);
      const look = { fold: foldName(name), look: skeleton(name), isUnstamped: false, order: "" };
      if (this.has(look)) continue;
      this.add(look);
      this.#numbers.set(key, number + 1);
      return name;
    }
  }
}
