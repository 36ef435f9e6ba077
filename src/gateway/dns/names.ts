import { utf8 } from "../../base/bytes.ts";
import {
  formatAddress,
  type PeerId,
  type PersonId,
  parseAddress,
  peerIdToBytes,
} from "../../identity/index.ts";
import { hostForm, inGroup, meantBy, PEER_SUFFIX } from "../names.ts";
import type { Meant, People } from "../types.ts";
import { writeAnswer, writeName, writeRefusal } from "./answer.ts";
import { LABEL_BYTES_MAX, NAMES_LISTED_MAX } from "./limits.ts";
import { DNS, type Query, readQuery } from "./query.ts";

/**
 * A name that this peer has for itself, so that it can see whether names work. No contact has it: a
 * petname never gives two hyphens in a row.
 * @param mark letters and digits that no other peer of this machine uses
 */
export function trialNameOf(mark: string): string {
  return `this--${mark}${PEER_SUFFIX}`;
}

/** A name and the address that it stands for, as IPv6 text. */
export interface ListedName {
  readonly address: string;
  readonly name: string;
}

type Meaning =
  | { readonly t: "address"; readonly id: PeerId }
  /** There is such a name, without an address. */
  | { readonly t: "empty" }
  | { readonly t: "nobody" }
  | { readonly t: "not-ours" };

/**
 * Answers DNS queries about the names of contacts: `anna.peer.alt` is the address of Anna's nearest
 * device. It knows nothing else and asks nobody else.
 */
export class MeshNames {
  readonly #people: People;
  readonly #own: PeerId;
  readonly #trialName: string;

  /** @param trialName as `trialNameOf` makes it */
  constructor(people: People, own: PeerId, trialName: string) {
    this.#people = people;
    this.#own = own;
    this.#trialName = trialName;
  }

  /** The answer to a DNS message, however bad it is; undefined where none is due. */
  answer(message: Uint8Array): Uint8Array | undefined {
    const read = readQuery(message);
    if (read === undefined) return undefined;
    return read.t === "bad" ? writeRefusal(read) : this.#answer(read.query);
  }

  /** Every name that has an address now, this peer's own ones first. */
  listed(): readonly ListedName[] {
    const own = formatAddress(this.#own);
    const list = [
      { address: own, name: `${this.#own}${PEER_SUFFIX}` },
      { address: own, name: this.#trialName },
    ];
    for (const [form, person] of this.#byForm()) {
      const id = person === "several" ? undefined : this.#people.devicesOf(person)[0];
      if (id === undefined || utf8(form).length > LABEL_BYTES_MAX) continue;
      if (list.length >= NAMES_LISTED_MAX) break;
      list.push({ address: formatAddress(id), name: `${form}${PEER_SUFFIX}` });
    }
    for (const [name, [id]] of this.#people.groupNames?.() ?? []) {
      if (list.length >= NAMES_LISTED_MAX) break;
      if (id !== undefined)
        list.push({ address: formatAddress(id), name: `${name}${PEER_SUFFIX}` });
    }
    return list;
  }

  #answer(query: Query): Uint8Array {
    if (query.class !== DNS.classInternet) return writeAnswer(query, DNS.refused, undefined);
    const pointed = query.type === DNS.typePointer ? deviceOfReverse(query.labels) : undefined;
    if (pointed !== undefined) return this.#reverse(query, pointed);
    const meaning = this.#meaningOf(query.labels);
    if (meaning.t === "not-ours") return writeAnswer(query, DNS.refused, undefined);
    if (meaning.t === "nobody") return writeAnswer(query, DNS.noSuchName, undefined);
    const isAsked = query.type === DNS.typeAaaa || query.type === DNS.typeAny;
    const address = meaning.t === "address" && isAsked ? peerIdToBytes(meaning.id) : undefined;
    return writeAnswer(query, DNS.ok, address, DNS.typeAaaa);
  }

  #meaningOf(labels: readonly string[]): Meaning {
    const [top, zone, name, ...more] = [...labels].reverse();
    if (top !== "alt" || zone !== "peer") return { t: "not-ours" };
    // A name above names that exist exists as well (RFC 8020).
    if (name === undefined) return { t: "empty" };
    const [member = "", ...deeper] = more;
    if (deeper.length > 0) return { t: "nobody" };
    if (member !== "") return meaningOf(inGroup(this.#people, name, member));
    if (`${name}${PEER_SUFFIX}` === this.#trialName) return { t: "address", id: this.#own };
    return meaningOf(meantBy(this.#people, name));
  }

  /** The name of the contact whose device it is; of others we know none. */
  #reverse(query: Query, id: PeerId): Uint8Array {
    const person = this.#people.personOf(id);
    const petname = person === undefined ? undefined : this.#people.nameOf(person);
    const form = petname === undefined ? "" : hostForm(petname);
    // Letters beyond a to z are for people; programs that ask backwards expect none.
    if (!/^[a-z0-9-]{1,63}$/.test(form) || meantBy(this.#people, form) === undefined) {
      return writeAnswer(query, DNS.refused, undefined);
    }
    return writeAnswer(query, DNS.ok, writeName(`${form}${PEER_SUFFIX}`.split(".")));
  }

  #byForm(): ReadonlyMap<string, PersonId | "several"> {
    const forms = new Map<string, PersonId | "several">();
    for (const [petname, person] of this.#people.names()) {
      const form = hostForm(petname);
      if (form !== "") forms.set(form, forms.has(form) ? "several" : person);
    }
    return forms;
  }
}

function meaningOf(meant: Meant | undefined): Meaning {
  if (meant === undefined) return { t: "nobody" };
  const [id] = meant.devices;
  return id === undefined ? { t: "empty" } : { t: "address", id };
}

const REVERSE_LABELS = 34;

/** The peer that a name such as `1.0.…d.f.ip6.arpa` asks for (RFC 3596 section 2.5). */
function deviceOfReverse(labels: readonly string[]): PeerId | undefined {
  if (labels.length !== REVERSE_LABELS || labels.slice(-2).join(".") !== "ip6.arpa")
    return undefined;
  const digits = labels.slice(0, -2);
  if (!digits.every((digit) => /^[0-9a-f]$/.test(digit))) return undefined;
  return parseAddress([...digits].reverse().join(""));
}
