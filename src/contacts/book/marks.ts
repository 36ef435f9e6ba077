import { equalBytes } from "../../base/bytes.ts";
import type { PersonId } from "../../identity/index.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { ABOUT, type About, type AboutBook, decodeAbout, type MeetingKind } from "../about.ts";
import type { Card } from "../card.ts";
import type { ContactList } from "../contact-list.ts";
import { REMOVED, type RemovedBook } from "../removed.ts";
import { type Decided, erased, type Field, UNDECIDED, type VerifiedKey } from "./decided.ts";
import { DECIDED, type DecidedBook } from "./decided-book.ts";
import { firstStamp, type Here, NO_STAMP, nextStamp, type Stamp } from "./stamp.ts";

/** A change that was made on this device. */
export interface LocalChange {
  readonly personId: PersonId;
  /** The card afterwards; undefined: there is none. */
  readonly card: Card | undefined;
  /** What is written besides. */
  readonly writes: readonly RecordWrite[];
  /** Whether the name of somebody new was chosen, not suggested. */
  readonly isChosen?: boolean | undefined;
}

/** What stamps are made with. */
export interface MarkParts {
  readonly list: ContactList;
  readonly about: AboutBook;
  readonly removed: RemovedBook;
  readonly decided: DecidedBook;
  readonly here: () => Here;
}

/** Meetings that this person wanted; others just happened. */
const WANTED: readonly MeetingKind[] = ["invited", "invite", "introduced", "group", "bond"];

/** Writes down, in the batch of each change that is made here, what was decided by it and when. */
export class Marks {
  readonly #parts: MarkParts;

  constructor(parts: MarkParts) {
    this.#parts = parts;
  }

  /** Records that belong to a change. */
  plan(change: LocalChange): readonly RecordWrite[] {
    const { decided } = this.#parts;
    const { personId } = change;
    const kept = decided.get(personId);
    const before = kept?.decided ?? UNDECIDED;
    const after =
      change.card === undefined
        ? this.#withoutCard(change, before)
        : this.#withCard(change, change.card, before);
    // Whoever is met here, or met anew, came from no other device.
    const isAsBefore = after.removedAtMs === before.removedAtMs;
    const via = isAsBefore ? kept?.via : undefined;
    const own = after === before ? [] : [decided.planPut(personId, { decided: after, via })];
    return [...own, ...this.#names(change), ...this.#forgotten(change)];
  }

  #withoutCard({ personId, writes }: LocalChange, before: Decided): Decided {
    const { list, here } = this.#parts;
    const isRemoved = writes.some(({ key, value }) => key === REMOVED + personId && value !== null);
    const isHere = list.get(personId) !== undefined;
    if (!isRemoved || (!isHere && before.removedAtMs !== undefined)) return before;
    // That somebody was deleted elsewhere, as a file says, undoes nothing.
    const stamp = isHere ? this.#next(before.removedAtMs?.stamp) : NO_STAMP;
    const value = Math.max(0, Math.floor(here().atMs));
    return erased({ ...before, removedAtMs: { stamp, value } });
  }

  #withCard(change: LocalChange, card: Card, before: Decided): Decided {
    const about = this.#aboutAfter(change);
    // What was said of somebody before they were deleted does not come back with them.
    const isBack = before.removedAtMs?.value !== undefined;
    const after: Decided = {
      removedAtMs: this.#presence(about, before.removedAtMs),
      name: this.#name(change, card, before.name),
      blockedAtMs:
        before.blockedAtMs.value === about?.blockedAtMs && !isBack
          ? before.blockedAtMs
          : { stamp: this.#next(before.blockedAtMs.stamp), value: about?.blockedAtMs },
      verified: this.#verified(change.personId, card, about, before.verified, isBack),
    };
    const isSame = Object.keys(after).every(
      (key) => after[key as keyof Decided] === before[key as keyof Decided],
    );
    return isSame ? before : after;
  }

  #presence(
    about: About | undefined,
    before: Decided["removedAtMs"],
  ): NonNullable<Decided["removedAtMs"]> {
    if (before !== undefined && before.value === undefined) return before;
    const isWanted = about !== undefined && WANTED.includes(about.met.kind);
    const isDecided = before !== undefined || isWanted;
    const stamp = isDecided ? this.#next(before?.stamp) : firstStamp(this.#parts.here());
    return { stamp, value: undefined };
  }

  #name(
    { personId, isChosen = false }: LocalChange,
    card: Card,
    before: Field<string> | undefined,
  ): Field<string> {
    const { petname, state } = card.contact;
    const known = this.#parts.list.get(personId)?.contact;
    // Whoever is met now comes before others: a number that they have because of those stays.
    const isJoining = known !== undefined && known.state !== state && before?.value !== petname;
    const shown = known?.petname ?? before?.value;
    if (before !== undefined && shown === petname && !isJoining) return before;
    const isDecided = before !== undefined || isChosen;
    const stamp = isDecided ? this.#next(before?.stamp) : firstStamp(this.#parts.here());
    return { stamp, value: petname };
  }

  #verified(
    personId: PersonId,
    card: Card,
    about: About | undefined,
    before: Decided["verified"],
    isBack: boolean,
  ): Decided["verified"] {
    const now = about?.verified;
    const { dhKey } = (this.#parts.list.get(personId) ?? card).contact;
    const known = ofKey(before.value, dhKey);
    if (known?.atMs === now?.atMs && known?.how === now?.how && !isBack) return before;
    const value = now && { ...now, dhKey: card.contact.dhKey };
    return { stamp: this.#next(before.stamp), value };
  }

  /**
   * A name that becomes free must not make others change theirs: whoever has a number because of it keeps it.
   */
  #names({ personId, card }: LocalChange): readonly RecordWrite[] {
    const { list, decided } = this.#parts;
    const before = list.get(personId)?.contact;
    const after = card?.contact;
    const isSame = before?.petname === after?.petname && before?.state === after?.state;
    if (before === undefined || isSame) return [];
    return list
      .bent((person) => decided.decided(person).name?.value)
      .flatMap((other) => {
        if (other.contact.personId === personId) return [];
        const kept = decided.get(other.contact.personId);
        if (kept === undefined) return [];
        const name = {
          stamp: this.#next(kept.decided.name?.stamp),
          value: other.contact.petname,
        };
        const fixed = { ...kept, decided: { ...kept.decided, name } };
        return [decided.planPut(other.contact.personId, fixed)];
      });
  }

  /** Of somebody of whom it is not remembered any more that they were deleted, nothing is. */
  #forgotten({ personId, writes }: LocalChange): readonly RecordWrite[] {
    return forgottenBy(writes, personId, this.#parts.list, this.#parts.decided);
  }

  #aboutAfter({ personId, writes }: LocalChange): About | undefined {
    const write = writes.find(({ key }) => key === ABOUT + personId);
    if (write === undefined) return this.#parts.about.get(personId);
    return write.value === null ? undefined : decodeAbout(write.value);
  }

  #next(before: Stamp | undefined): Stamp {
    return nextStamp(before ?? NO_STAMP, this.#parts.here());
  }
}

/** That somebody's keys were compared, where they are the keys that are known here. */
export function ofKey(
  verified: VerifiedKey | undefined,
  dhKey: Uint8Array,
): Pick<VerifiedKey, "atMs" | "how"> | undefined {
  if (verified === undefined || !equalBytes(verified.dhKey, dhKey)) return undefined;
  return { atMs: verified.atMs, how: verified.how };
}

/** Records of decisions that go with deletions which are forgotten in the same batch. */
export function forgottenBy(
  writes: readonly RecordWrite[],
  except: PersonId,
  list: ContactList,
  decided: DecidedBook,
): readonly RecordWrite[] {
  return writes.flatMap(({ key, value }) => {
    const person = key.startsWith(REMOVED) && value === null ? key.slice(REMOVED.length) : except;
    const isGone = person !== except && list.get(person) === undefined;
    return isGone && decided.get(person) !== undefined
      ? [{ key: DECIDED + person, value: null }]
      : [];
  });
}
