import type {
  GroupChatBody,
  GroupChatsBody,
  GroupMessageBody,
  GroupMessagesBody,
} from "../contract-chats.ts";
import type { MessageFileBody } from "../contract-messages.ts";
import { type ApiFetch, type JsonCall, jsonCall } from "./calls.ts";

/** The calls of the local API about chats of groups. A group is named by its name here or its id. */
export class ChatsClient {
  readonly #json: JsonCall;
  readonly #fetch: ApiFetch;

  constructor(fetch: ApiFetch) {
    this.#json = jsonCall(fetch);
    this.#fetch = fetch;
  }

  list(): Promise<GroupChatsBody> {
    return this.#json("GET", "/v1/chats");
  }

  info(group: string): Promise<GroupChatBody> {
    return this.#json("GET", `${pathOf(group)}/chat`);
  }

  messages(
    group: string,
    query: { readonly after?: string; readonly before?: string; readonly limit?: number } = {},
  ): Promise<GroupMessagesBody> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) search.set(name, String(value));
    return this.#json("GET", `${pathOf(group)}/messages?${search}`);
  }

  send(
    group: string,
    text: string,
    more: { readonly replyTo?: string; readonly file?: MessageFileBody } = {},
  ): Promise<GroupMessageBody> {
    return this.#json("POST", `${pathOf(group)}/messages`, { text, ...more });
  }

  async markRead(group: string): Promise<void> {
    await this.#fetch("POST", `${pathOf(group)}/messages/read`, {});
  }
}

function pathOf(group: string): string {
  return `/v1/groups/${encodeURIComponent(group)}`;
}
