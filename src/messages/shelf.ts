import { must } from "../base/errors.ts";
import type { FeedId } from "../feed/index.ts";
import type { PersonId } from "../identity/index.ts";
import type { Item } from "./item.ts";

/** All items in memory, findable by id, person and feed; counts what is unread and waiting. */
export class Shelf {
  readonly #all: Item[] = [];
  readonly #byPerson = new Map<PersonId, Item[]>();
  /** Outgoing items that wait, per feed, in order of seq. */
  readonly #waiting = new Map<FeedId, Item[]>();
  readonly #unread = new Map<PersonId, number>();
  #waitingCount = 0;
  #unreadCount = 0;

  /** Outgoing messages not delivered yet. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  add(item: Item): void {
    insert(this.#all, item);
    insert(entry(this.#byPerson, item.personId), item);
    this.#count(item, 1);
    if (item.state === "waiting") entry(this.#waiting, item.feedId).push(item);
  }

  /** Puts a newer state of an item into its place. */
  replace(item: Item): void {
    const at = indexOfId(this.#all, item.id);
    const before = must(this.#all[at], "only known items change");
    this.#count(before, -1);
    this.#count(item, 1);
    this.#all[at] = item;
    const conversation = entry(this.#byPerson, item.personId);
    conversation[indexOfId(conversation, item.id)] = item;
    if (before.state === "waiting" && item.state !== "waiting") {
      const waiting = entry(this.#waiting, item.feedId);
      waiting.splice(waiting.indexOf(before), 1);
    }
  }

  /** Outgoing items of a feed that wait, up to and with `seq`. */
  waiting(feedId: FeedId, seq: number): readonly Item[] {
    const items = this.#waiting.get(feedId) ?? [];
    const after = items.findIndex((item) => item.seq > seq);
    return after < 0 ? [...items] : items.slice(0, after);
  }

  /** How many outgoing items of a feed wait. */
  waitingIn(feedId: FeedId): number {
    return this.#waiting.get(feedId)?.length ?? 0;
  }

  unread(personId: PersonId): readonly Item[] {
    if (this.unreadCount(personId) === 0) return [];
    return (this.#byPerson.get(personId) ?? []).filter(({ state }) => state === "unread");
  }

  /** Unread messages of one person, or of all. */
  unreadCount(personId?: PersonId): number {
    return personId === undefined ? this.#unreadCount : (this.#unread.get(personId) ?? 0);
  }

  /** The first `limit` items after `afterId`; without it the newest ones. Oldest first. */
  page(personId: PersonId | undefined, afterId: string | undefined, limit: number): Item[] {
    const items = personId === undefined ? this.#all : (this.#byPerson.get(personId) ?? []);
    if (afterId === undefined) return items.slice(Math.max(0, items.length - limit));
    let from = indexOfId(items, afterId);
    if (items[from]?.id === afterId) from++;
    return items.slice(from, from + limit);
  }

  #count(item: Item, change: 1 | -1): void {
    if (item.state === "waiting") this.#waitingCount += change;
    if (item.state !== "unread") return;
    this.#unreadCount += change;
    this.#unread.set(item.personId, this.unreadCount(item.personId) + change);
  }
}

function entry<K>(map: Map<K, Item[]>, key: K): Item[] {
  let items = map.get(key);
  if (items === undefined) {
    items = [];
    map.set(key, items);
  }
  return items;
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

/** Ids nearly always come in order, so the place is nearly always the end. */
function insert(items: Item[], item: Item): void {
  items.splice(indexOfId(items, item.id), 0, item);
}
