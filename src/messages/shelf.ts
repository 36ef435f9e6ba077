import type { PersonId } from "../identity/index.ts";
import type { Item } from "./item.ts";

/** All items in memory, findable by id, person and mark; counts what is unread and waiting. */
export class Shelf {
  readonly #all: Item[] = [];
  readonly #byPerson = new Map<PersonId, Item[]>();
  readonly #byMark = new Map<string, string>();
  readonly #unread = new Map<PersonId, number>();
  readonly #waiting = new Map<PersonId, number>();
  #waitingCount = 0;
  #unreadCount = 0;

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  /** Outgoing messages not delivered yet. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  get(id: string): Item | undefined {
    const item = this.#all[indexOfId(this.#all, id)];
    return item?.id === id ? item : undefined;
  }

  /** The newest message with this mark. */
  byMark(mark: string): Item | undefined {
    const id = this.#byMark.get(mark);
    return id === undefined ? undefined : this.get(id);
  }

  /** Adds an item, or puts a newer state of it into its place. */
  put(item: Item): void {
    const at = indexOfId(this.#all, item.id);
    const before = this.#all[at];
    const conversation = this.#conversation(item.personId);
    const place = indexOfId(conversation, item.id);
    if (before?.id === item.id) {
      this.#count(before, -1);
      this.#all[at] = item;
      conversation[place] = item;
    } else {
      // Ids nearly always come in order, so the place is nearly always the end.
      this.#all.splice(at, 0, item);
      conversation.splice(place, 0, item);
    }
    this.#count(item, 1);
    if (item.mark !== undefined) this.#byMark.set(item.mark, item.id);
  }

  /** All messages with a person, oldest first; not to be kept over changes. */
  of(personId: PersonId): readonly Item[] {
    return this.#byPerson.get(personId) ?? [];
  }

  /** Outgoing messages to a person that wait, oldest first. */
  waiting(personId: PersonId): readonly Item[] {
    if (this.waitingFor(personId) === 0) return [];
    return this.of(personId).filter(({ state }) => state === "waiting");
  }

  /** How many outgoing messages wait for a person. */
  waitingFor(personId: PersonId): number {
    return this.#waiting.get(personId) ?? 0;
  }

  unread(personId: PersonId): readonly Item[] {
    if (this.unreadCount(personId) === 0) return [];
    return this.of(personId).filter(({ state }) => state === "unread");
  }

  /** Unread messages of one person, or of all. */
  unreadCount(personId?: PersonId): number {
    return personId === undefined ? this.#unreadCount : (this.#unread.get(personId) ?? 0);
  }

  /**
   * The first `limit` items after `afterId`, or the last before `beforeId`; without either the
   * newest ones. Oldest first.
   */
  page(
    personId: PersonId | undefined,
    range: { readonly afterId?: string; readonly beforeId?: string },
    limit: number,
  ): Item[] {
    const { afterId, beforeId } = range;
    const items = personId === undefined ? this.#all : (this.#byPerson.get(personId) ?? []);
    const end = beforeId === undefined ? items.length : indexOfId(items, beforeId);
    if (afterId === undefined) return items.slice(Math.max(0, end - limit), end);
    let from = indexOfId(items, afterId);
    if (items[from]?.id === afterId) from++;
    return items.slice(from, Math.min(end, from + limit));
  }

  #conversation(personId: PersonId): Item[] {
    let items = this.#byPerson.get(personId);
    if (items === undefined) {
      items = [];
      this.#byPerson.set(personId, items);
    }
    return items;
  }

  #count({ state, personId }: Item, change: 1 | -1): void {
    if (state === "waiting") {
      this.#waitingCount += change;
      this.#waiting.set(personId, this.waitingFor(personId) + change);
    } else if (state === "unread") {
      this.#unreadCount += change;
      this.#unread.set(personId, this.unreadCount(personId) + change);
    }
  }
}

/** Where the id is, or where it would be. */
function indexOfId(items: readonly Item[], id: string): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.id ?? "") < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
