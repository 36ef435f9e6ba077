import type { PeerId, PersonId } from "../../identity/index.ts";
import type { RecordWrite } from "../../ports/index.ts";
import type { AboutBook } from "../about.ts";
import type { Plan } from "../changes.ts";
import type { ContactList } from "../contact-list.ts";
import { type ContactsOptions, NO_NEWS } from "../options.ts";
import type { RemovedBook } from "../removed.ts";
import type { Entry } from "./codec.ts";
import { UNDECIDED } from "./decided.ts";
import { DecidedBook } from "./decided-book.ts";
import { type LocalChange, type MarkParts, Marks } from "./marks.ts";
import { Merger } from "./merging.ts";
import { Names } from "./names.ts";
import { type Here, NO_STAMP } from "./stamp.ts";

/** The parts of the room over which the book stands. */
export interface SharedBookParts {
  readonly options: ContactsOptions;
  readonly list: ContactList;
  readonly about: AboutBook;
  readonly removed: RemovedBook;
  /** Takes over what was written besides cards. */
  readonly take: (writes: readonly RecordWrite[]) => void;
}

/** The address book as all devices of this person have it: what is told of it, and what is taken. */
export class SharedBook {
  readonly #parts: SharedBookParts & MarkParts;
  readonly #marks: Marks;
  readonly #names = new Names();
  /** What was decided, field by field. */
  readonly decided: DecidedBook;

  constructor(parts: SharedBookParts) {
    const { list, options } = parts;
    this.decided = new DecidedBook(options.suite, (person) => {
      const card = list.get(person);
      return card?.contact.state === "met" && card.vow !== undefined;
    });
    const here = (): Here => ({
      epoch: (options.devices ?? NO_NEWS).revocations,
      atMs: options.clock.wallMs(),
      device: options.identity.id,
    });
    this.#parts = { ...parts, decided: this.decided, here };
    this.#marks = new Marks(this.#parts);
  }

  /** What homes of before knew, once all is read. */
  loaded(): void {
    const { list, about, removed } = this.#parts;
    for (const { contact } of list.cards()) {
      const { verified, blockedAtMs } = about.get(contact.personId) ?? {};
      this.decided.loadUnstamped(contact.personId, {
        removedAtMs: { stamp: NO_STAMP, value: undefined },
        name: { stamp: NO_STAMP, value: contact.petname },
        blockedAtMs: { stamp: NO_STAMP, value: blockedAtMs },
        verified: { stamp: NO_STAMP, value: verified && { ...verified, dhKey: contact.dhKey } },
      });
    }
    for (const person of removed.all()) {
      const value = removed.atMs(person);
      this.decided.loadUnstamped(person, {
        ...UNDECIDED,
        removedAtMs: { stamp: NO_STAMP, value },
      });
    }
    for (const [person, { blockedAtMs }] of about.all()) {
      if (blockedAtMs === undefined) continue;
      const blocked = { stamp: NO_STAMP, value: blockedAtMs };
      this.decided.loadUnstamped(person, { ...UNDECIDED, blockedAtMs: blocked });
    }
    this.decided.refreshAll();
  }

  /** Records that belong to a change made here. */
  marksOf(change: LocalChange): readonly RecordWrite[] {
    return this.#marks.plan(change);
  }

  /** Decisions for a device that is taken in: its contacts came from this one. */
  copies(): readonly RecordWrite[] {
    const via = this.#parts.options.identity.id;
    return this.decided.below("").flatMap((person) => {
      const kept = this.decided.get(person);
      return kept ? [this.decided.planPut(person, { ...kept, via })] : [];
    });
  }

  /** The own device from which a contact came; undefined: it was met here, or long ago. */
  via(person: PersonId): PeerId | undefined {
    return this.decided.get(person)?.via;
  }

  /**
   * What is told of somebody; undefined: nothing.
   * @param isWhole with what a device needs that has not met them
   */
  entry(personId: PersonId, isWhole: boolean): Entry | undefined {
    const { list, about } = this.#parts;
    const decided = this.decided.told(personId);
    if (decided === undefined) return undefined;
    const { contact, vow } = list.get(personId) ?? {};
    const isMet = contact?.state === "met" && vow !== undefined;
    if (!isWhole || !isMet) return { personId, decided, person: undefined };
    const { signKey, dhKey, addedAtMs } = contact;
    const met = about.get(personId)?.met ?? { kind: "unknown" as const, atMs: addedAtMs };
    return { personId, decided, person: { signKey, dhKey, vow, met, addedAtMs } };
  }

  /**
   * The change that takes in what another own device told; undefined where nothing is new.
   * @param wanted is given the people of whom all must be told
   */
  planMerge(
    entries: readonly Entry[],
    from: PeerId,
    wanted: (people: readonly PersonId[]) => void,
  ): Plan | undefined {
    const { options, list, take } = this.#parts;
    const { suite, identity, devices = NO_NEWS, events, log } = options;
    const { personId, signKey } = identity.person;
    const parts = {
      ...{ ...this.#parts, suite, names: this.#names },
      own: { personId, signKey: signKey.publicKey },
      isRevoked: (device: PeerId, person: PersonId) => devices.isRevoked(device, person),
    };
    const merged = Merger.merge(parts, entries, from);
    wanted(merged.wanted);
    for (const why of merged.refused) log.warn("own device's word not taken", { from, why });
    const { writes, cards, gone } = merged;
    if (writes.length === 0) return undefined;
    const told = new Set(entries.map((entry) => entry.personId));
    return {
      writes,
      apply: () => {
        list.putAll(
          cards,
          gone.map((contact) => contact.personId),
        );
        take(writes);
        for (const { contact } of cards) told.add(contact.personId);
        for (const contact of gone) {
          events.onContactChanged(contact);
          events.onRemovedElsewhere?.(contact.personId);
        }
        for (const person of told) {
          const contact = list.get(person)?.contact;
          if (contact !== undefined) events.onContactChanged(contact);
        }
      },
    };
  }
}
