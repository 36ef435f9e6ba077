import type { GroupMessage } from "../../messages/index.ts";
import * as schema from "../../wire/schema.ts";
import { groupChatBody, groupMessageBody } from "../chat-views.ts";
import type { ApiContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import { MESSAGES_PAGE_MAX } from "../limits.ts";
import { type Answer, type Route, route } from "../route.ts";
import { ask, settle, settleDone } from "../wait.ts";

const TEXT_BYTES_MAX = 32_768;
const WORD_BYTES_MAX = 300;
const LINK_BYTES_MAX = 8_192;

const fileBody = schema.record({
  link: schema.text(LINK_BYTES_MAX),
  name: schema.text(LINK_BYTES_MAX),
  sizeBytes: schema.integer(0, Number.MAX_SAFE_INTEGER),
  mediaType: schema.text(WORD_BYTES_MAX),
});
const writeBody = schema.record({
  text: schema.text(TEXT_BYTES_MAX),
  replyTo: schema.optional(schema.text(WORD_BYTES_MAX)),
  file: schema.optional(fileBody),
});

type Path = Readonly<Record<string, string>>;

async function list({ peer }: ApiContext, path: Path, query: URLSearchParams): Promise<Answer> {
  const limit = Number(query.get("limit") ?? "100");
  if (!Number.isInteger(limit) || limit < 1 || limit > MESSAGES_PAGE_MAX) {
    throw new ApiError("bad-request", `limit is a number of 1 to ${MESSAGES_PAGE_MAX}.`);
  }
  const group = peer.groups.info(path["group"] ?? "");
  const afterId = query.get("after") ?? undefined;
  const beforeId = query.get("before") ?? undefined;
  const found = await ask<readonly GroupMessage[]>((resolve, reject) =>
    peer.messages.chats.list(group.id, { limit, afterId, beforeId }, settle(resolve, reject)),
  );
  return {
    status: 200,
    json: { messages: found.map((message) => groupMessageBody(peer, group, message)) },
  };
}

/** Routes about chats of groups. */
export function chatRoutes(context: ApiContext): readonly Route[] {
  const { peer, poke } = context;
  const groupOf = (path: Path) => peer.groups.info(path["group"] ?? "");
  return [
    route({
      method: "GET",
      path: "/v1/chats",
      summary: "The chats of all groups: how many messages, how many unread",
      answers: "GroupChatsBody",
      handle: () => ({
        status: 200,
        json: { chats: peer.groups.list().map((group) => groupChatBody(peer, group)) },
      }),
    }),
    route({
      method: "GET",
      path: "/v1/groups/{group}/chat",
      summary: "One group's chat as a whole: who cannot read yet, which devices told two stories",
      answers: "GroupChatBody",
      handle: ({ path }) => ({ status: 200, json: groupChatBody(peer, groupOf(path)) }),
    }),
    route({
      method: "POST",
      path: "/v1/groups/{group}/messages",
      summary:
        "Write to a group: a message, an answer or a file; answers once it is safe on this disk",
      body: writeBody,
      bodyExample: { text: "Bread is ready" },
      answers: "GroupMessageBody",
      handle: async ({ path, body }) => {
        const group = groupOf(path);
        const message = await ask<GroupMessage>((resolve, reject) => {
          const { text, replyTo, file } = body;
          peer.messages.chats.send(group.id, { text, replyTo, file }, settle(resolve, reject));
          poke();
        });
        return { status: 201, json: groupMessageBody(peer, group, message) };
      },
    }),
    route({
      method: "GET",
      path: "/v1/groups/{group}/messages",
      summary: "A group's messages, oldest first",
      query: {
        after: "only messages after this id",
        before: "only messages before this id",
        limit: "1 to 500",
      },
      answers: "GroupMessagesBody",
      handle: ({ path, query }) => list(context, path, query),
    }),
    route({
      method: "POST",
      path: "/v1/groups/{group}/messages/read",
      summary: "Mark a group's messages read",
      answers: "nothing",
      handle: async ({ path }) => {
        const { id } = groupOf(path);
        await ask<void>((resolve, reject) =>
          peer.messages.chats.markRead(id, settleDone(resolve, reject)),
        );
        return { status: 204 };
      },
    }),
  ];
}
