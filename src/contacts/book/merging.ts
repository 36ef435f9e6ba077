import type { CryptoSuite } from "../../crypto/index.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { type About, unknownAbout } from "../about.ts";
import { type Card, cardKey, cardWrite } from "../card.ts";
import { withContact } from "../card-changes.ts";
import { CONTACTS_MAX, REMOVED_MAX } from "../limits.ts";
import { REMOVED } from "../removed.ts";
import type { Contact } from "../types.ts";
import { isVow } from "../vow.ts";
import type { Entry, MetPerson } from "./codec.ts";
import { type Decided, merge, NO_NAME } from "./decided.ts";
import { DECIDED_MAX } from "./limits.ts";
import { forgottenBy, type MarkParts, ofKey } from "./marks.ts";
import type { Names, Wish } from "./names.ts";
import { readStamp } from "./stamp.ts";

/** What merging works with. */
export interface MergeParts extends MarkParts {
  readonly suite: CryptoSuite;
  readonly names: Names;
  readonly own: { readonly personId: PersonId; readonly signKey: Uint8Array };
  /** Whether a device acts for a contact no longer. */
  readonly isRevoked: (device: PeerId, person: PersonId) => boolean;
}

/** What becomes of what another own device told. */
export interface Merged {
  readonly writes: readonly RecordWrite[];
  /** Cards that are new or changed. */
  readonly cards: readonly Card[];
  /** Who is a contact no longer, as they were. */
  readonly gone: readonly Contact[];
  /** People of whom all must be told before they can be taken. */
  readonly wanted: readonly PersonId[];
  /** Entries that were not taken, and why; for the log. */
  readonly refused: readonly string[];
}

type Outcome = "same" | "wanted" | { readonly refused: string } | undefined;

/** Takes in what another own device told: one change of everything, or of nothing. */
export class Merger {
  readonly #parts: MergeParts;
  readonly #from: PeerId;
  readonly #cards = new Map<PersonId, Card | undefined>();
  readonly #decided = new Map<PersonId, Decided>();
  readonly #via = new Map<PersonId, PeerId>();
  readonly #abouts = new Map<PersonId, About>();
  /** Of whom nothing is known any more besides a deletion. */
  readonly #unknown = new Set<PersonId>();
  readonly #removals = new Map<PersonId, number>();
  readonly #wanted: PersonId[] = [];
  readonly #refused: string[] = [];
  #contactCount: number;
  /** People of whom nothing was decided before. */
  #newCount = 0;
  #isNaming = false;

  private constructor(parts: MergeParts, from: PeerId) {
    this.#parts = parts;
    this.#from = from;
    this.#contactCount = parts.list.size;
  }

  /** @param from the own device that told it */
  static merge(parts: MergeParts, entries: readonly Entry[], from: PeerId): Merged {
    const merger = new Merger(parts, from);
    for (const entry of entries) {
      const outcome = merger.#take(entry);
      if (outcome === "wanted") merger.#wanted.push(entry.personId);
      else if (typeof outcome === "object") merger.#refused.push(outcome.refused);
    }
    merger.#name();
    return merger.#done();
  }

  #take({ personId, decided: told, person }: Entry): Outcome {
    const { decided, own, here } = this.#parts;
    if (personId === own.personId) return { refused: "oneself" };
    // A device that knows of a revocation is asked again once this one knows of it, too.
    if (epochOf(told) > here().epoch) return { refused: "ahead" };
    const before = this.#decided.get(personId) ?? decided.decided(personId);
    const after = merge(before, told);
    const card = this.#card(personId);
    const isMissing =
      isContact(told) && isContact(after) && (card?.contact.state !== "met" || !card.vow);
    if (after === before && !isMissing) return "same";
    const isNew = decided.get(personId) === undefined && !this.#decided.has(personId);
    if (isNew && decided.size + this.#newCount >= DECIDED_MAX) return { refused: "full" };
    if (isMissing && person === undefined) return "wanted";
    const refusal =
      isMissing && person !== undefined
        ? this.#meet(personId, person, card)
        : this.#remove(personId, after.removedAtMs?.value, card);
    if (refusal !== undefined) return { refused: refusal };
    if (isNew) this.#newCount++;
    this.#decided.set(personId, after);
    this.#isNaming ||= after.name !== before.name || this.#cards.has(personId);
    this.#about(personId, after, person);
    return undefined;
  }

  /** Their own signed word makes somebody a contact here, nothing that a device of ours says. */
  #meet(personId: PersonId, person: MetPerson, card: Card | undefined): string | undefined {
    const { suite, own, isRevoked, here } = this.#parts;
    const { signKey, vow } = person;
    const dhKey = card?.contact.dhKey ?? person.dhKey;
    const keys = { signKey, dhKey: person.dhKey };
    const isTheirs = isVow(suite, vow, keys, own.signKey, (device) => isRevoked(device, personId));
    if (!isTheirs) return "bad-vow";
    if (card === undefined && this.#contactCount >= CONTACTS_MAX) return "full";
    if (card === undefined) this.#contactCount++;
    const fresh: Contact = {
      ...{ personId, signKey, dhKey, petname: "", devices: [], endpoints: [] },
      addedAtMs: Math.min(person.addedAtMs, Math.max(0, here().atMs)),
      ...{ state: "met", refusal: undefined },
    };
    const contact: Contact = { ...(card?.contact ?? fresh), state: "met", refusal: undefined };
    this.#cards.set(personId, { contact, question: undefined, vow });
    this.#via.set(personId, this.#from);
    return undefined;
  }

  /** @param atMs when they were deleted; undefined: they were not */
  #remove(
    personId: PersonId,
    atMs: number | undefined,
    card: Card | undefined,
  ): string | undefined {
    if (atMs === undefined) return undefined;
    const { removed } = this.#parts;
    if (card === undefined && !removed.has(personId)) {
      // Of too many deletions the latest are kept, on every device the same.
      const isOldest = removed.all().every((other) => (removed.atMs(other) ?? 0) >= atMs);
      const count = removed.all().length + this.#removals.size;
      if (count >= REMOVED_MAX && isOldest) return "full";
    }
    if (card !== undefined) this.#contactCount--;
    this.#cards.set(personId, undefined);
    this.#removals.set(personId, atMs);
    return undefined;
  }

  #about(personId: PersonId, after: Decided, person: MetPerson | undefined): void {
    const card = this.#card(personId);
    const isGone = after.removedAtMs?.value !== undefined;
    if (isGone || (card === undefined && after.blockedAtMs.value === undefined)) {
      this.#abouts.delete(personId);
      this.#unknown.add(personId);
      return;
    }
    this.#unknown.delete(personId);
    const known = this.#abouts.get(personId) ?? this.#parts.about.get(personId);
    const isKnown = known !== undefined && known.met.kind !== "imported";
    const base = known ?? unknownAbout(card?.contact.addedAtMs ?? after.blockedAtMs.value ?? 0);
    this.#abouts.set(personId, {
      ...base,
      met: isKnown || person === undefined ? base.met : person.met,
      verified: card && ofKey(after.verified.value, card.contact.dhKey),
      blockedAtMs: after.blockedAtMs.value,
    });
  }

  /** Names as they follow from what is decided now. */
  #name(): void {
    const { list, decided, names } = this.#parts;
    if (!this.#isNaming) return;
    const cards = new Map(list.cards().map((card) => [card.contact.personId, card]));
    for (const [personId, card] of this.#cards) {
      if (card === undefined) cards.delete(personId);
      else cards.set(personId, card);
    }
    const wishes = [...cards.values()].flatMap(({ contact }): readonly Wish[] => {
      const { personId, state } = contact;
      const { name } = this.#decided.get(personId) ?? decided.decided(personId);
      if (name === undefined || name.value === NO_NAME) return [];
      return [{ personId, name, isMet: state === "met" }];
    });
    for (const [personId, petname] of names.assign(wishes)) {
      const card = cards.get(personId);
      if (card === undefined || card.contact.petname === petname) continue;
      this.#cards.set(personId, withContact(card, { petname }));
    }
  }

  #done(): Merged {
    const { list, about, removed, decided } = this.#parts;
    const writes: RecordWrite[] = [];
    const gone: Contact[] = [];
    const cards: Card[] = [];
    for (const [personId, card] of this.#cards) {
      const before = list.get(personId)?.contact;
      if (card !== undefined) {
        cards.push(card);
        writes.push(cardWrite(card), ...removed.planClear(personId));
      } else if (before !== undefined) {
        gone.push(before);
        writes.push({ key: cardKey(personId), value: null });
      }
    }
    for (const personId of this.#unknown) {
      if (about.get(personId) !== undefined) writes.push(about.planDrop(personId));
    }
    for (const [personId, known] of this.#abouts) writes.push(about.planPut(personId, known));
    writes.push(...this.#removalWrites());
    for (const [personId, after] of this.#decided) {
      const known = this.#via.get(personId) ?? decided.get(personId)?.via;
      const via = isContact(after) ? known : undefined;
      writes.push(decided.planPut(personId, { decided: after, via }));
    }
    return { writes, cards, gone, wanted: this.#wanted, refused: this.#refused };
  }

  #removalWrites(): readonly RecordWrite[] {
    const { removed, list, decided } = this.#parts;
    const writes = removed.planAddAll(this.#removals);
    // Of too many at once, some are forgotten before they were kept.
    for (const { key, value } of writes) {
      if (value === null) this.#decided.delete(key.slice(REMOVED.length));
    }
    return [...writes, ...forgottenBy(writes, "", list, decided)];
  }

  #card(personId: PersonId): Card | undefined {
    return this.#cards.has(personId) ? this.#cards.get(personId) : this.#parts.list.get(personId);
  }
}

function epochOf({ removedAtMs, name, blockedAtMs, verified }: Decided): number {
  const fields = [removedAtMs, name, blockedAtMs, verified];
  return Math.max(...fields.map((field) => (field ? readStamp(field.stamp).epoch : 0)));
}

function isContact({ removedAtMs }: Decided): boolean {
  return removedAtMs !== undefined && removedAtMs.value === undefined;
}
