import type { PersonId } from "../../identity/index.ts";

/** What a payer believes of one direction of a line. */
export interface EdgeBelief {
  /** A good guess of what it carries. */
  readonly guess: number;
  /** More than this it cannot carry. */
  readonly most: number;
}

/**
 * The lines that a payer knows of, as a directed graph. People are numbered in order of coming;
 * the payer is 0. Beliefs only get sharper: of two claims about one edge the smaller counts.
 */
export class CreditMap {
  readonly people: PersonId[] = [];
  readonly from: number[] = [];
  readonly to: number[] = [];
  readonly guess: number[] = [];
  readonly most: number[] = [];
  readonly #numbers = new Map<PersonId, number>();
  readonly #edges = new Map<number, number>();

  constructor(payer: PersonId) {
    this.number(payer);
  }

  /** The number of a person, given on first sight. */
  number(person: PersonId): number {
    const known = this.#numbers.get(person);
    if (known !== undefined) return known;
    const fresh = this.people.length;
    this.#numbers.set(person, fresh);
    this.people.push(person);
    return fresh;
  }

  /** The number of a person that was seen before. */
  known(person: PersonId): number | undefined {
    return this.#numbers.get(person);
  }

  /** Takes in what somebody says about an edge. */
  claim(from: PersonId, to: PersonId, belief: EdgeBelief): void {
    if (from === to) return;
    const [a, b] = [this.number(from), this.number(to)];
    const edge = this.edge(a, b);
    if (edge === undefined) {
      this.#edges.set(keyOf(a, b), this.from.length);
      this.from.push(a);
      this.to.push(b);
      this.guess.push(belief.guess);
      this.most.push(belief.most);
      return;
    }
    this.guess[edge] = Math.min(this.guess[edge] ?? 0, belief.guess);
    this.most[edge] = Math.min(this.most[edge] ?? 0, belief.most);
  }

  /** An edge carries no more than this; one that nobody told of is left alone. */
  narrow(from: PersonId, to: PersonId, most: number): void {
    const [a, b] = [this.#numbers.get(from), this.#numbers.get(to)];
    const edge = a === undefined || b === undefined ? undefined : this.edge(a, b);
    if (edge === undefined) return;
    this.guess[edge] = Math.min(this.guess[edge] ?? 0, most);
    this.most[edge] = Math.min(this.most[edge] ?? 0, most);
  }

  /** The edge between two numbered people. */
  edge(from: number, to: number): number | undefined {
    return this.#edges.get(keyOf(from, to));
  }
}

function keyOf(from: number, to: number): number {
  return from * 2 ** 20 + to;
}
