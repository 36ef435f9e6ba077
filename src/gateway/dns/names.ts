import { utf8 } from "../../base/bytes.ts";
import {
  formatAddress,
  type PeerId,
  type PersonId,
  parseAddress,
  peerIdToBytes,
} from "../../identity/index.ts";
import { hostForm, introducedForms, petnameForms } from "../name-index.ts";
import {
  inGroup,
  meantBy,
  meantByLabels,
  PEER_SUFFIX,
  SHORT_SUFFIX,
  suffixesOf,
} from "../names.ts";
import type { Meant, People } from "../types.ts";
import { writeAnswer, writeName, writeRefusal, writeService, writeTexts } from "./answer.ts";
import { LABEL_BYTES_MAX, NAMES_LISTED_MAX, TEXT_DEVICES_MAX } from "./limits.ts";
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

/** Ports of this machine by the names of services. */
export interface ServicePorts {
  /** The port of 127.0.0.1 that is forwarded to what the person serves under the name. */
  forwarded(person: PersonId, name: string): number | undefined;
  /** The port that this peer itself serves under the name. */
  served(name: string): number | undefined;
}

const NO_PORTS: ServicePorts = { forwarded: () => undefined, served: () => undefined };

type Meaning =
  | { readonly t: "meant"; readonly meant: Meant }
  | { readonly t: "service"; readonly data: Uint8Array }
  /** There is such a name, without an address. */
  | { readonly t: "empty" }
  | { readonly t: "nobody" }
  | { readonly t: "not-ours" };

/**
 * Answers DNS queries about the names of contacts: `anna.peer.alt` is the address of Anna's nearest
 * device. It knows nothing else and asks nobody else: no question leaves this machine by it.
 */
export class MeshNames {
  readonly #people: People;
  readonly #own: PeerId;
  readonly #trialName: string;
  readonly #ports: ServicePorts;

  /** @param trialName as `trialNameOf` makes it */
  constructor(people: People, own: PeerId, trialName: string, ports: ServicePorts = NO_PORTS) {
    this.#ports = ports;
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
    for (const [name, id] of this.#named()) {
      for (const suffix of suffixesOf(this.#people)) {
        if (list.length >= NAMES_LISTED_MAX) return list;
        list.push({ address: formatAddress(id), name: `${name}${suffix}` });
      }
    }
    return list;
  }

  /** Names without their ending and the devices that they lead to now. */
  *#named(): Iterable<readonly [string, PeerId]> {
    const forms = petnameForms(this.#people);
    for (const [form, named] of forms) {
      if (named !== "several") yield* this.#nearest(form, named.person);
    }
    for (const [by, labels] of introducedForms(this.#people)) {
      const form = hostForm(this.#people.nameOf(by) ?? "");
      const named = forms.get(form);
      if (named === undefined || named === "several" || named.person !== by) continue;
      for (const [label, person] of labels) {
        if (person !== "several") yield* this.#nearest(`${label}.${form}`, person);
      }
    }
    for (const [name, [id]] of this.#people.groupNames?.() ?? []) {
      if (id !== undefined) yield [name, id];
    }
  }

  #nearest(name: string, person: PersonId): readonly (readonly [string, PeerId])[] {
    const [id] = this.#people.devicesOf(person);
    const fits = name.split(".").every((label) => utf8(label).length <= LABEL_BYTES_MAX);
    return id !== undefined && fits ? [[name, id]] : [];
  }

  #answer(query: Query): Uint8Array {
    if (query.class !== DNS.classInternet) return writeAnswer(query, DNS.refused, undefined);
    const pointed = query.type === DNS.typePointer ? deviceOfReverse(query.labels) : undefined;
    if (pointed !== undefined) return this.#reverse(query, pointed);
    const meaning = this.#meaningOf(query.labels);
    if (meaning.t === "not-ours") return writeAnswer(query, DNS.refused, undefined);
    if (meaning.t === "nobody") return writeAnswer(query, DNS.noSuchName, undefined);
    const type = query.type === DNS.typeAny ? usualType(meaning) : query.type;
    return writeAnswer(query, DNS.ok, this.#data(meaning, type), type);
  }

  /** What there is of a type; undefined where there is nothing, as of IPv4 addresses. */
  #data(meaning: Meaning, type: number): Uint8Array | undefined {
    if (meaning.t === "service") return type === DNS.typeService ? meaning.data : undefined;
    if (meaning.t !== "meant") return undefined;
    const { devices, person, address = devices[0] } = meaning.meant;
    if (type === DNS.typeAaaa) return address === undefined ? undefined : peerIdToBytes(address);
    if (type !== DNS.typeText) return undefined;
    const petname = person === undefined ? undefined : this.#people.nameOf(person);
    const texts = [
      ...(petname === undefined ? [] : [`petname=${petname}`]),
      ...(person === undefined ? [] : [`person=${person}`]),
      ...devices.slice(0, TEXT_DEVICES_MAX).map((each) => `device=${formatAddress(each)}`),
    ];
    return texts.length === 0 ? undefined : writeTexts(texts);
  }

  #meaningOf(labels: readonly string[]): Meaning {
    const reversed = this.#ownLabels([...labels].reverse());
    if (reversed === undefined) return { t: "not-ours" };
    const [name, member = "", ...deeper] = reversed;
    // A name above names that exist exists as well (RFC 8020).
    if (name === undefined) return { t: "empty" };
    if (member === "" && `${name}${PEER_SUFFIX}` === this.#trialName) {
      return { t: "meant", meant: { who: name, devices: [this.#own] } };
    }
    const found = meantByLabels(this.#people, reversed);
    if (found?.before.length === 0) return { t: "meant", meant: found.meant };
    const service = found && this.#service(found.meant, found.before, labels);
    if (service !== undefined) return { t: "service", data: service };
    // Before a contact may stand a member of a group of the same name: the proxy has services there.
    const meant = deeper.length > 0 ? undefined : inGroup(this.#people, name, member);
    return meant === undefined ? { t: "nobody" } : { t: "meant", meant };
  }

  /** Labels before the ending that names of peers have here, from right to left. */
  #ownLabels([top, zone, ...rest]: readonly string[]): readonly string[] | undefined {
    if (top === "alt" && zone === "peer") return rest;
    const isShort = top !== undefined && `.${top}` === SHORT_SUFFIX;
    if (!isShort || this.#people.hasShortSuffix !== true) return undefined;
    return zone === undefined ? [] : [zone, ...rest];
  }

  /** Where `_photos._tcp` before a name leads to (RFC 2782): a port of this machine, or nowhere. */
  #service(
    { person, devices }: Meant,
    before: readonly string[],
    labels: readonly string[],
  ): Uint8Array | undefined {
    const [transport, service, ...more] = before;
    if (transport !== "_tcp" || service?.startsWith("_") !== true || more.length > 0) return;
    const name = service.slice(1);
    if (devices[0] === this.#own) {
      const port = this.#ports.served(name);
      return port === undefined ? undefined : writeService(port, labels.slice(2));
    }
    const port = person === undefined ? undefined : this.#ports.forwarded(person, name);
    return port === undefined ? undefined : writeService(port, ["localhost"]);
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
}

/** What is answered to whoever asks for anything (RFC 8482 allows one kind). */
function usualType(meaning: Meaning): number {
  return meaning.t === "service" ? DNS.typeService : DNS.typeAaaa;
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
