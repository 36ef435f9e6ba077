import { DiskError, type RecordStore } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import { decodeItem, decodeNextNumber, ITEMS, type Item, NEXT_NUMBER } from "./item.ts";

/** Reads all items (without texts) and the next free number. */
export function loadItems(
  records: RecordStore,
  done: (error: DiskError | null, items: readonly Item[], nextNumber: number) => void,
): void {
  records.scan(ITEMS, (itemsError, found) => {
    records.scan(NEXT_NUMBER, (numberError, numbers) => {
      const error = itemsError ?? numberError;
      if (error !== null) {
        done(error, [], 1);
        return;
      }
      let items: Item[];
      let nextNumber = 1;
      try {
        items = found.map(({ key, value }) => decodeItem(key.slice(ITEMS.length), value));
        const [number] = numbers;
        if (number !== undefined) nextNumber = decodeNextNumber(number.value);
      } catch (cause) {
        if (!(cause instanceof WireError)) throw cause;
        done(new DiskError("corrupt", "A stored message is damaged.", { cause }), [], 1);
        return;
      }
      done(null, items, nextNumber);
    });
  });
}
