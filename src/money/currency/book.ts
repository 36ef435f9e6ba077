import type { PersonId } from "../../identity/index.ts";
import { MoneyError } from "../errors.ts";
import type { CurrencyId } from "../line-desk.ts";
import type { Currency } from "./definition.ts";
import { CURRENCIES_MAX } from "./limits.ts";

/** What the book knows of people and names. */
export interface BookWords {
  /** What somebody is called here, "you" for this person. */
  nameOf(person: PersonId): string;
  /** What a name looks like: two with one skeleton are easily confused. */
  skeleton(name: string): string;
}

/** A currency with who issues it, which is part of its name wherever it is shown. */
export interface CurrencyInfo {
  readonly currency: Currency;
  /** "Kilburn hours, by anna". */
  readonly title: string;
  readonly issuer: string;
  /** Other currencies here whose names look like this one's. */
  readonly lookalikes: readonly CurrencyInfo["title"][];
  /** The same in parts. */
  readonly alike: readonly {
    readonly id: CurrencyId;
    readonly name: string;
    readonly issuer: string;
    readonly person: PersonId;
  }[];
}

/** Characters of an id that stand for it where it has to be typed. */
const ID_CHARS_MIN = 6;

/** The currencies that this peer knows: its own, and those in which it was offered a line. */
export class CurrencyBook {
  readonly #words: BookWords;
  readonly #currencies = new Map<CurrencyId, Currency>();

  constructor(words: BookWords) {
    this.#words = words;
  }

  put(currency: Currency): void {
    this.#currencies.set(currency.id, currency);
  }

  get(id: CurrencyId): Currency | undefined {
    return this.#currencies.get(id);
  }

  /** @param reserved places that are for others @throws MoneyError("full") where no further one is kept */
  checkRoom(reserved = 0): void {
    if (this.#currencies.size < CURRENCIES_MAX - reserved) return;
    throw new MoneyError("full", `You know ${CURRENCIES_MAX} currencies, which is the most.`);
  }

  /**
   * Two by one issuer and of one name could only be told apart by their ids, for ever.
   * @throws MoneyError("bad-currency") where the maker has one of that name for the same group, or for none
   */
  checkNew(maker: PersonId, { name, group }: Pick<Currency, "name" | "group">): void {
    for (const { id, ...known } of this.#currencies.values()) {
      if (known.maker !== maker || known.group !== group || fold(known.name) !== fold(name))
        continue;
      throw new MoneyError(
        "bad-currency",
        `You issue '${known.name}' already (${id.slice(0, 8)}). Use that one, or choose another name.`,
      );
    }
  }

  all(): readonly CurrencyInfo[] {
    return [...this.#currencies.values()].map((currency) => this.describe(currency));
  }

  describe(currency: Currency): CurrencyInfo {
    const looks = this.#words.skeleton(currency.name);
    const others = [...this.#currencies.values()].filter(
      ({ id, name }) => id !== currency.id && this.#words.skeleton(name) === looks,
    );
    return {
      currency,
      title: this.#title(currency),
      issuer: this.#words.nameOf(currency.maker),
      lookalikes: others.map(
        (other) => `${this.#title(other)} (${other.id.slice(0, ID_CHARS_MIN)})`,
      ),
      alike: others.map((other) => ({
        ...{ id: other.id, name: other.name, person: other.maker },
        issuer: this.#words.nameOf(other.maker),
      })),
    };
  }

  /**
   * The currency that somebody means by its name, its unit ("hours" for the unit hour too) or the beginning of its
   * id. Where two could be meant, neither is.
   * @param among only these, where not all are meant
   * @throws MoneyError("bad-currency") that tells which there are, and by whom
   */
  find(text: string, among: Iterable<Currency> = this.#currencies.values()): Currency {
    const wanted = fold(text);
    const known = [...among];
    const isId = wanted.length >= ID_CHARS_MIN;
    const whole = known.find(({ id }) => id === wanted);
    if (whole !== undefined) return whole;
    // By trying, an id can be made that begins with another's name: either may be meant then.
    const found = known.filter(
      (currency) => (isId && currency.id.startsWith(wanted)) || isCalled(currency, wanted),
    );
    const [only] = found;
    if (only === undefined) {
      const names = known.map((currency) => this.#title(currency)).join("; ");
      const there = names === "" ? "None is known here." : `There is: ${names}.`;
      const isShort = !isId && wanted !== "" && known.some(({ id }) => id.startsWith(wanted));
      const more = isShort ? ` An id is meant by ${ID_CHARS_MIN} of its characters or more.` : "";
      throw new MoneyError("bad-currency", `No currency '${text}'. ${there}${more}`);
    }
    if (found.length === 1) return only;
    const choices = found.map((currency) => `${this.#title(currency)}: ${currency.id.slice(0, 8)}`);
    throw new MoneyError(
      "bad-currency",
      `'${text}' may mean several currencies. Type the beginning of the id of one: ${choices.join("; ")}.`,
    );
  }

  #title(currency: Currency): string {
    const issuer = this.#words.nameOf(currency.maker);
    return `${currency.name}, by ${issuer}${currency.group === undefined ? "" : " for a group"}`;
  }
}

function isCalled({ name, unit }: Currency, wanted: string): boolean {
  const one = fold(unit);
  return fold(name) === wanted || one === wanted || `${one}s` === wanted;
}

function fold(text: string): string {
  return text.trim().normalize("NFC").toLowerCase();
}
