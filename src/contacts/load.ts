import type { CryptoSuite } from "../crypto/index.ts";
import { DiskError, type RecordStore } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import { ABOUT, type AboutBook } from "./about.ts";
import { DECIDED, type DecidedBook } from "./book/decided-book.ts";
import { CARDS, type Card, decodeCard } from "./card.ts";
import { INVITES, type InviteBook } from "./invite-book.ts";
import { REMOVED, type RemovedBook } from "./removed.ts";

/** What is kept of contacts and for them besides their cards. */
export interface ContactBooks {
  readonly invites: InviteBook;
  readonly about: AboutBook;
  readonly removed: RemovedBook;
  readonly decided: DecidedBook;
}

/** Reads all contacts, and what is kept besides into `books`. */
export function loadContacts(
  records: RecordStore,
  suite: CryptoSuite,
  books: ContactBooks,
  done: (error: DiskError | null, cards: readonly Card[]) => void,
): void {
  const cards: Card[] = [];
  const readers: readonly (readonly [string, (key: string, value: Uint8Array) => void])[] = [
    [CARDS, (_key, value) => cards.push(decodeCard(suite, value))],
    [INVITES, (key, value) => books.invites.load(key, value)],
    [ABOUT, (key, value) => books.about.load(key, value)],
    [REMOVED, (key, value) => books.removed.load(key, value)],
    [DECIDED, (key, value) => books.decided.load(key, value)],
  ];
  const next = (at: number): void => {
    const [prefix, read] = readers[at] ?? [];
    if (prefix === undefined || read === undefined) {
      done(null, cards);
      return;
    }
    records.scan(prefix, (error, found) => {
      if (error !== null) {
        done(error, []);
        return;
      }
      try {
        for (const { key, value } of found) read(key, value);
      } catch (cause) {
        if (!(cause instanceof WireError)) throw cause;
        done(new DiskError("corrupt", "A stored contact is damaged.", { cause }), []);
        return;
      }
      next(at + 1);
    });
  };
  next(0);
}
