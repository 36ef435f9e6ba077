import { fromUtf8 } from "../../base/bytes.ts";
import type { DiskError } from "../../ports/index.ts";
import { noticeOf } from "../letters.ts";
import { LateTexts } from "../texts.ts";
import type { ChatContext } from "./context.ts";
import type { Conversation } from "./conversation.ts";
import { type ChatItem, chatTextKey } from "./item.ts";
import type { GroupMessage } from "./types.ts";
import { groupMessageOf } from "./views.ts";

/** Reads the texts of messages, those of late from memory. */
export class ChatTexts {
  readonly #context: Pick<ChatContext, "records" | "identity">;
  readonly #late = new LateTexts();

  constructor(context: Pick<ChatContext, "records" | "identity">) {
    this.#context = context;
  }

  /** A message whose text is known, and is likely to be asked for soon. */
  message(chat: Conversation, item: ChatItem, text: string): GroupMessage {
    this.#late.put(item.id + chat.id, text);
    return groupMessageOf(this.#context.identity, chat, item, text);
  }

  /** Answers the messages of these items in their order, reading the texts one after another. */
  messages(
    chat: Conversation,
    items: readonly ChatItem[],
    done: (error: DiskError | null, messages: readonly GroupMessage[]) => void,
  ): void {
    const messages: GroupMessage[] = [];
    const put = (item: ChatItem, text: string): void => {
      const newest = chat.item(item.id) ?? item;
      messages.push(groupMessageOf(this.#context.identity, chat, newest, text));
    };
    const next = (): void => {
      for (let item = items[messages.length]; item; item = items[messages.length]) {
        const asked = item;
        const known = this.#known(chat, asked);
        if (known === undefined) {
          this.#context.records.scan(chatTextKey(chat.id, asked.id), (error, found) => {
            if (error !== null) {
              done(error, []);
              return;
            }
            const value = found[0]?.value;
            put(asked, (value && fromUtf8(value)) ?? noticeOf("unreadable"));
            next();
          });
          return;
        }
        put(asked, known);
      }
      done(null, messages);
    };
    next();
  }

  #known(chat: Conversation, { id, kind }: ChatItem): string | undefined {
    const isNotice = kind === "newer" || kind === "unreadable";
    return isNotice ? noticeOf(kind) : this.#late.get(id + chat.id);
  }
}
