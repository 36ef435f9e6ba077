import { utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { Introduced } from "../../contacts/index.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { type PersonId, personIdOf } from "../../identity/index.ts";

/** The public keys of people by number: the honest, the attackers, then the sybils. */
export class Identities {
  readonly #suite: CryptoSuite;
  readonly #people: Introduced[] = [];
  readonly #ids: PersonId[] = [];
  readonly #numbers = new Map<PersonId, number>();

  /** Makes real keys for `count` people. */
  constructor(suite: CryptoSuite, seed: number, count: number) {
    this.#suite = suite;
    for (let number = 0; number < count; number++) this.#make(`${seed} ${number}`, number);
  }

  get count(): number {
    return this.#people.length;
  }

  keys(number: number): Introduced {
    return must(this.#people[number], "a number stands for a person");
  }

  id(number: number): PersonId {
    return must(this.#ids[number], "a number stands for a person");
  }

  number(id: PersonId): number | undefined {
    return this.#numbers.get(id);
  }

  #make(label: string, number: number): void {
    const suite = this.#suite;
    const signKey = suite.signingKey(suite.sha256(utf8(`sign ${label}`))).publicKey;
    const dhKey = suite.dhKey(suite.sha256(utf8(`dh ${label}`))).publicKey;
    this.#people.push({ signKey, dhKey, devices: [signKey], name: `n${number}` });
    const id = personIdOf(suite, signKey);
    this.#ids.push(id);
    this.#numbers.set(id, number);
  }
}
