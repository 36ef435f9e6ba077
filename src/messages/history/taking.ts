import { utf8 } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import type { PersonId } from "../../identity/index.ts";
import type { Clock, Log } from "../../ports/index.ts";
import { FIRST_NUMBER, type Item, idOf, textKey } from "../item.ts";
import type { Draft, Kept } from "../ledger.ts";
import type { ForeignLetter } from "../letters.ts";
import { HISTORY_TAKEN_MS, UNREAD_PER_PERSON_MAX } from "../limits.ts";
import type { ReadMarks } from "../read-marks.ts";
import type { Correspondents } from "../types.ts";
import { decodePage, type HistoryPage, type OldMessage } from "./page.ts";

/** What the taking of messages of the past is made of. */
export interface TakingOptions {
  readonly kept: Kept;
  readonly clock: Clock;
  readonly log: Log;
  readonly self: PersonId;
  readonly correspondents: Correspondents;
  readonly readMarks: ReadMarks;
  readonly takeId: (draft: Draft) => string;
  /** Wall-clock time at which this home was new; undefined where that was before it was written down. */
  readonly newSinceMs: () => number | undefined;
  /** A message is in the draft. */
  readonly onItem: (item: Item, text: string) => void;
  /** Messages of the past are here; on disk. */
  readonly onTaken: (count: number, isLast: boolean) => void;
}

/**
 * Takes what another own device tells of the past. Only a home that is new takes it, so a device that
 * is stolen later cannot tell the others what was never said.
 */
export class HistoryTaking {
  readonly #options: TakingOptions;
  /** Ids below this number are free. */
  #lowest: number | undefined;

  constructor(options: TakingOptions) {
    this.#options = options;
  }

  /** A letter with messages of the past. */
  take(draft: Draft, { device, personId, content }: ForeignLetter): void {
    const { self, log } = this.#options;
    if (personId !== self || !this.#isNew()) {
      log.warn("messages of the past not taken", { device });
      return;
    }
    let page: HistoryPage;
    try {
      page = decodePage(content);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      log.warn("messages of the past malformed", { device, code: error.code });
      return;
    }
    let count = 0;
    for (const message of page.messages) if (this.#takeOne(draft, message, page.isLive)) count++;
    if (!page.isLive) draft.onCommit(() => this.#options.onTaken(count, page.isLast));
  }

  /** The message of the past with this mark, which now came from its sender too. */
  known(draft: Draft, personId: PersonId, mark: string): Item | undefined {
    const found = this.#byMark(draft, mark);
    return found?.personId === personId && found.from === undefined ? found : undefined;
  }

  #takeOne(draft: Draft, old: OldMessage, isLive: boolean): boolean {
    const { correspondents, readMarks } = this.#options;
    const { personId, direction, mark } = old;
    const isKnown = this.#byMark(draft, mark)?.personId === personId;
    if (isKnown || correspondents.byPerson(personId) === undefined) return false;
    const isIn = direction === "in";
    if (isIn && !old.isRead && !this.#hasRoom(draft, personId)) return false;
    const id = isLive ? this.#options.takeId(draft) : this.#takeOldId();
    if (id === undefined) return false;
    const isRead =
      readMarks.settle(draft, { of: "person", id: personId }, mark) || (isIn && old.isRead);
    const item: Item = {
      ...{ id, personId, direction, mark, sentAtMs: old.sentAtMs, replyTo: old.replyTo },
      kind: old.file === undefined ? "text" : "file",
      state: isIn ? (isRead ? "read" : "unread") : "sent",
      ...{ file: old.file, from: undefined, sendings: [], oldPlace: undefined },
      deliveredAtMs: null,
    };
    draft.setItem(item);
    draft.write(textKey(id), utf8(old.text));
    if (isLive) draft.onCommit(() => this.#options.onItem(item, old.text));
    return true;
  }

  /** An id before all others; undefined where there is none left. */
  #takeOldId(): string | undefined {
    const [first] = this.#options.kept.shelf.page(undefined, { afterId: "" }, 1);
    const lowest = first === undefined ? FIRST_NUMBER : Number.parseInt(first.id, 16);
    this.#lowest = Math.min(lowest, this.#lowest ?? lowest) - 1;
    return this.#lowest < 1 ? undefined : idOf(this.#lowest);
  }

  #byMark(draft: Draft, mark: string): Item | undefined {
    const drafted = draft.itemByMark(mark);
    if (drafted !== undefined) return drafted;
    const found = this.#options.kept.shelf.byMark(mark);
    return found && draft.item(found.id);
  }

  #hasRoom(draft: Draft, personId: PersonId): boolean {
    const kept = this.#options.kept.shelf.unreadCount(personId);
    return kept + draft.countItems(personId, "unread") < UNREAD_PER_PERSON_MAX;
  }

  #isNew(): boolean {
    const sinceMs = this.#options.newSinceMs();
    const ageMs = sinceMs === undefined ? HISTORY_TAKEN_MS : this.#options.clock.wallMs() - sinceMs;
    return ageMs >= 0 && ageMs < HISTORY_TAKEN_MS;
  }
}
