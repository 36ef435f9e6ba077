import { must } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { type PeerId, type PersonId, parseAddress } from "../identity/index.ts";
import type { Card } from "./card.ts";
import { skeleton } from "./confusables.ts";
import { ContactsError } from "./errors.ts";
import { CANDIDATES_SHOWN_MAX, ID_PREFIX_MIN } from "./limits.ts";
import { foldName } from "./petname.ts";
import type { Contact } from "./types.ts";

/** All contacts in memory, findable by person, device and name. */
export class ContactList {
  readonly #cards = new Map<PersonId, Card>();
  readonly #byDevice = new Map<PeerId, PersonId>();
  readonly #byName = new Map<string, PersonId>();
  /** By what their names look like; of two that look alike, the later one. */
  readonly #byLook = new Map<string, PersonId>();

  #names = 0;

  /** Changes whenever the petnames do, or whom one stands for. */
  get names(): number {
    return this.#names;
  }

  get size(): number {
    return this.#cards.size;
  }

  /** Adds a card or puts a newer one into its place. */
  put(card: Card): void {
    const { personId, petname, devices } = card.contact;
    if (this.#cards.get(personId)?.contact.petname !== petname) this.#names++;
    this.#unlink(personId);
    this.#cards.set(personId, card);
    this.#byName.set(foldName(petname), personId);
    this.#byLook.set(skeleton(petname), personId);
    for (const { peerId } of devices) {
      if (!this.#isKept(peerId, card)) this.#byDevice.set(peerId, personId);
    }
  }

  /** Forgets a person. */
  remove(personId: PersonId): void {
    this.#unlink(personId);
    if (this.#cards.delete(personId)) this.#names++;
  }

  get(personId: PersonId): Card | undefined {
    return this.#cards.get(personId);
  }

  /** All cards, in no order. */
  cards(): readonly Card[] {
    return [...this.#cards.values()];
  }

  /** Cards whose names are others than were wished for, since somebody else bears those. */
  bent(wishOf: (person: PersonId) => string | undefined): readonly Card[] {
    return this.cards().filter(({ contact: { personId, petname } }) => {
      const wish = wishOf(personId);
      return wish !== undefined && wish !== petname;
    });
  }

  /** Puts changed cards and forgets people, whatever names they pass on to each other. */
  putAll(cards: readonly Card[], gone: readonly PersonId[]): void {
    for (const person of gone) this.remove(person);
    for (const { contact } of cards) this.#unlink(contact.personId);
    for (const card of cards) this.put(card);
  }

  byDevice(peerId: PeerId): Card | undefined {
    const personId = this.#byDevice.get(peerId);
    return personId === undefined ? undefined : this.#cards.get(personId);
  }

  /** All contacts, in the order of their petnames. */
  all(): readonly Contact[] {
    const names = [...this.#byName].sort(([a], [b]) => (a < b ? -1 : 1));
    return names.map(([, id]) => must(this.#cards.get(id), "names lead to contacts").contact);
  }

  /** Whether somebody else than `personId` bears this name, or one that looks like it. */
  isTaken(name: string, personId: PersonId): boolean {
    const owner = this.#byName.get(foldName(name)) ?? this.#byLook.get(skeleton(name));
    return owner !== undefined && owner !== personId;
  }

  /** The contact whose petname looks like this name. */
  lookingLike(name: string): Contact | undefined {
    const owner = this.#byLook.get(skeleton(name));
    return owner === undefined ? undefined : this.get(owner)?.contact;
  }

  /** What an invite or a file says of somebody's devices does not make it those of a contact who is met. */
  #isKept(device: PeerId, { contact }: Card): boolean {
    return contact.state !== "met" && this.byDevice(device)?.contact.state === "met";
  }

  /** Takes away what leads to a person; devices and a look that others have stay theirs. */
  #unlink(personId: PersonId): void {
    const before = this.#cards.get(personId)?.contact;
    if (before === undefined) return;
    const look = skeleton(before.petname);
    const name = foldName(before.petname);
    if (this.#byName.get(name) === personId) this.#byName.delete(name);
    if (this.#byLook.get(look) === personId) this.#byLook.delete(look);
    for (const { peerId } of before.devices) {
      if (this.#byDevice.get(peerId) === personId) this.#byDevice.delete(peerId);
    }
  }

  /**
   * The contact that a person means: by petname, by address, or by the beginning of the id.
   * @throws ContactsError("unknown-contact" | "ambiguous")
   */
  resolve(text: string): Contact {
    const wanted = foldName(text.trim());
    const named = this.#byName.get(wanted);
    if (named !== undefined) return must(this.#cards.get(named), "names lead to contacts").contact;
    const address = parseAddress(wanted);
    const owner = address === undefined ? undefined : this.byDevice(address);
    if (owner !== undefined) return owner.contact;
    const found = wanted.length < ID_PREFIX_MIN ? [] : this.#byIdPrefix(wanted);
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    if (only !== undefined) {
      const candidates = found.map(({ petname, personId }) => `${petname} (${personId})`);
      throw new ContactsError(
        "ambiguous",
        `'${text}' may be ${shown(candidates)}. Use the name or more of the id.`,
      );
    }
    throw new ContactsError(
      "unknown-contact",
      `No contact is called '${text}'.${this.#hint(wanted)}`,
    );
  }

  #byIdPrefix(prefix: string): readonly Contact[] {
    return this.all().filter(({ personId }) => personId.startsWith(prefix));
  }

  #hint(wanted: string): string {
    const close = this.all().filter(({ petname }) => foldName(petname).startsWith(wanted));
    if (close.length > 0) return ` Did you mean ${shown(close.map((c) => c.petname))}?`;
    const near = nearest(wanted, [...this.#byName.keys()], editsMax(wanted));
    const one = near === undefined ? undefined : this.#byName.get(near);
    const petname = one === undefined ? undefined : this.#cards.get(one)?.contact.petname;
    return petname === undefined ? "" : ` Did you mean ${petname}?`;
  }
}

/** So many slips of the finger are looked past in a name: none in one of two letters, where all names are near. */
function editsMax({ length }: string): number {
  return length < 3 ? 0 : length < 5 ? 1 : 2;
}

function shown(names: readonly string[]): string {
  const more = names.length - CANDIDATES_SHOWN_MAX;
  const text = names.slice(0, CANDIDATES_SHOWN_MAX).join(" or ");
  return more > 0 ? `${text} or ${more} more` : text;
}
