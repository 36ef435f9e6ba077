import type { CryptoSuite } from "../crypto/index.ts";
import { DiskError, type RecordStore } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import { CARDS, type Card, decodeCard } from "./card.ts";
import { INVITES, type InviteBook } from "./invite-book.ts";

/** Reads all contacts, and the open invites into `book`. */
export function loadContacts(
  records: RecordStore,
  suite: CryptoSuite,
  book: InviteBook,
  done: (error: DiskError | null, cards: readonly Card[]) => void,
): void {
  records.scan(CARDS, (cardsError, found) => {
    records.scan(INVITES, (invitesError, invites) => {
      const error = cardsError ?? invitesError;
      if (error !== null) {
        done(error, []);
        return;
      }
      let cards: readonly Card[];
      try {
        cards = found.map(({ value }) => decodeCard(suite, value));
        for (const { key, value } of invites) book.load(key, value);
      } catch (cause) {
        if (!(cause instanceof WireError)) throw cause;
        done(new DiskError("corrupt", "A stored contact is damaged.", { cause }), []);
        return;
      }
      done(null, cards);
    });
  });
}
