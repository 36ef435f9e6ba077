import type { DiskError, RecordStore, RecordWrite } from "../../ports/index.ts";
import { CARDS, FLOORS, SEEN } from "./change.ts";
import { ENTRIES, FEEDS } from "./feed.ts";
import { CHAT_ITEMS, CHAT_TEXTS } from "./item.ts";
import { OWN_FEEDS, TOLD } from "./own-feed.ts";

/** Removes all that is kept of a group's chat, one kind of records after the other. */
export function clearChat(
  records: RecordStore,
  groupId: string,
  done: (error: DiskError | null) => void,
): void {
  const ofGroup = [CARDS, FLOORS, SEEN, FEEDS, ENTRIES, CHAT_ITEMS, CHAT_TEXTS];
  // What this device writes with goes first: a crash in between leaves nothing that writes on.
  const prefixes = [
    OWN_FEEDS + groupId,
    TOLD + groupId,
    ...ofGroup.map((one) => `${one}${groupId}/`),
  ];
  const next = (): void => {
    const prefix = prefixes.shift();
    if (prefix === undefined) {
      done(null);
      return;
    }
    records.scan(prefix, (error, found) => {
      if (error !== null) {
        done(error);
        return;
      }
      const writes = found.map(({ key }): RecordWrite => ({ key, value: null }));
      records.write(writes, (failure) => (failure === null ? next() : done(failure)));
    });
  };
  next();
}
