import { fromUtf8 } from "../base/bytes.ts";
import type { DiskError, RecordStore } from "../ports/index.ts";
import { type Item, type Sending, textKey } from "./item.ts";
import { noticeOf } from "./letters.ts";
import { LATE_TEXT_CHARACTERS_MAX, LATE_TEXTS_MAX } from "./limits.ts";
import type { Shelf } from "./shelf.ts";
import type { Delivery, Message } from "./types.ts";

/** Texts of late, so that what has just been written is not read back for every step of its way. */
export class LateTexts {
  readonly #texts = new Map<string, string>();

  /** Keeps the text of a message, if it is short, and forgets the oldest for it. */
  put(id: string, text: string): void {
    if (text.length > LATE_TEXT_CHARACTERS_MAX) return;
    this.#texts.set(id, text);
    for (const oldest of this.#texts.keys()) {
      if (this.#texts.size <= LATE_TEXTS_MAX) break;
      this.#texts.delete(oldest);
    }
  }

  get(id: string): string | undefined {
    return this.#texts.get(id);
  }
}

/** Answers the messages of these items in their order, reading the texts one after another. */
export function withTexts(
  records: RecordStore,
  shelf: Shelf,
  late: LateTexts,
  items: readonly Item[],
  done: (error: DiskError | null, messages: readonly Message[]) => void,
): void {
  const messages: Message[] = [];
  const next = (): void => {
    let item = items[messages.length];
    for (let text = item && known(late, item); item && text !== undefined; ) {
      messages.push(messageOf(shelf, item, text));
      item = items[messages.length];
      text = item && known(late, item);
    }
    if (item === undefined) {
      done(null, messages);
      return;
    }
    const { id } = item;
    const asked = item;
    records.scan(textKey(id), (error, found) => {
      if (error !== null) {
        done(error, []);
        return;
      }
      const text = found[0] && fromUtf8(found[0].value);
      messages.push(messageOf(shelf, asked, text ?? noticeOf("unreadable")));
      next();
    });
  };
  next();
}

/** The text of a message where the disk need not be asked for it. */
function known(late: LateTexts, { id, kind }: Item): string | undefined {
  return kind === "newer" || kind === "unreadable" ? noticeOf(kind) : late.get(id);
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
