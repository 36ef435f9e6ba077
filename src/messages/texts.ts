import { fromUtf8 } from "../base/bytes.ts";
import type { DiskError, RecordStore } from "../ports/index.ts";
import { type Item, type Sending, textKey } from "./item.ts";
import { noticeOf } from "./letters.ts";
import type { Shelf } from "./shelf.ts";
import type { Delivery, Message } from "./types.ts";

/** Answers the messages of these items in their order, reading the texts one after another. */
export function withTexts(
  records: RecordStore,
  shelf: Shelf,
  items: readonly Item[],
  done: (error: DiskError | null, messages: readonly Message[]) => void,
): void {
  const messages: Message[] = [];
  const next = (): void => {
    const item = items[messages.length];
    if (item === undefined) {
      done(null, messages);
      return;
    }
    if (item.kind === "newer" || item.kind === "unreadable") {
      messages.push(messageOf(shelf, item, noticeOf(item.kind)));
      next();
      return;
    }
    records.scan(textKey(item.id), (error, found) => {
      if (error !== null) {
        done(error, []);
        return;
      }
      const text = found[0] && fromUtf8(found[0].value);
      messages.push(messageOf(shelf, item, text ?? noticeOf("unreadable")));
      next();
    });
  };
  next();
}

/** A message as people see it. */
export function messageOf(shelf: Shelf, item: Item, text: string): Message {
  const { id, personId, direction, kind, file, sentAtMs, state, deliveredAtMs } = item;
  return {
    id,
    personId,
    direction,
    kind,
    text,
    replyTo: item.replyTo === undefined ? undefined : shelf.byMark(item.replyTo)?.id,
    file,
    sentAtMs,
    state: item.sendings.some(({ readAtMs }) => readAtMs !== undefined) ? "read" : state,
    deliveredAtMs,
    deliveries: item.sendings.map(deliveryOf),
  };
}

function deliveryOf({ device, holders, deliveredAtMs, readAtMs }: Sending): Delivery {
  const [state, sinceMs] =
    readAtMs !== undefined
      ? (["read", readAtMs] as const)
      : deliveredAtMs !== undefined
        ? (["delivered", deliveredAtMs] as const)
        : holders.length > 0
          ? (["held", Math.max(...holders.map((one) => one.sinceMs))] as const)
          : (["waiting", null] as const);
  return { device, state, sinceMs, holders };
}
