import type { GroupChatBody, GroupMessageBody } from "../../src/api/contract-chats.ts";
import type { EventHub } from "../../src/api/event-hub.ts";
import { type Route, route } from "../../src/api/route.ts";
import { schema } from "../../src/wire/index.ts";
import { HOSTILE, idOf } from "./fake-data.ts";
import { NOW_MS } from "./fake-time.ts";

/** The group of the fake peer. */
export const GROUP_ID: string = "0a".repeat(16);

/** What was written in that group; tests change it while the peer runs. */
export interface FakeChats {
  messages: GroupMessageBody[];
  withoutKeys: string[];
  forked: string[];
}

/** A message of the group, written by a member with a name that would like to be more. */
export function groupMessage(id: string, change: Partial<GroupMessageBody> = {}): GroupMessageBody {
  return {
    ...{ id, group: "Choir", groupId: GROUP_ID, author: HOSTILE.bidi, authorId: "02".repeat(16) },
    ...{ peerId: idOf(3), direction: "in", text: `text of ${id}`, kind: "text" },
    ...{ sentAtMs: NOW_MS - 60_000, state: "unread", deliveredTo: [], memberCount: 0 },
    ...change,
  };
}

/** A talk among members: who has what, an answer, a file, hostile names. */
export function fakeChats(): FakeChats {
  const mine = { direction: "out", author: "Lena", authorId: "01".repeat(16) } as const;
  const file = {
    ...{ link: `peernet:object/${idOf(6_000)}`, name: HOSTILE.image },
    ...{ sizeBytes: 20_480, mediaType: "image/png" },
  };
  return {
    messages: [
      groupMessage("g1", { text: "Who brings bread?", state: "read" }),
      groupMessage("g2", { text: "And <b>salt</b>?", state: "read" }),
      groupMessage("g3", {
        ...{ author: "Oma", authorId: "03".repeat(16), text: "", kind: "file", file },
        state: "read",
      }),
      groupMessage("g4", {
        ...mine,
        ...{ text: "I bring both.", replyTo: "g1", state: "delivered", memberCount: 8 },
        deliveredTo: ["Oma", HOSTILE.script, "Ben", "Tariq", "Miriam"],
      }),
      groupMessage("g5", { ...mine, text: "At seven.", state: "waiting", memberCount: 8 }),
      groupMessage("g6", { author: "Oma", authorId: "03".repeat(16), text: "See you then" }),
    ],
    withoutKeys: ["Jonas"],
    forked: [],
  };
}

const writeBody = schema.record({
  text: schema.text(32_768),
  replyTo: schema.optional(schema.text(300)),
});

/** The calls about the chat of the fake peer's group. */
export function chatRoutes(chats: FakeChats, hub: EventHub): readonly Route[] {
  const path = "/v1/groups/{group}/messages";
  return [
    route({
      ...{ method: "GET", path: "/v1/chats", summary: "Chats", answers: "GroupChatsBody" },
      handle: () => ({ status: 200, json: { chats: [chatOf(chats)] } }),
    }),
    route({
      ...{ method: "GET", path, summary: "Messages", answers: "GroupMessagesBody" },
      handle: ({ query }) => {
        const at = chats.messages.findIndex(({ id }) => id === query.get("before"));
        const older = at < 0 ? chats.messages : chats.messages.slice(0, at);
        return { status: 200, json: { messages: older.slice(-Number(query.get("limit"))) } };
      },
    }),
    route({
      ...{ method: "POST", path, summary: "Write", answers: "GroupMessageBody", body: writeBody },
      handle: ({ body: { text, replyTo } }) => {
        const made = groupMessage(`g${chats.messages.length + 1}`, {
          ...{ direction: "out", author: "Lena", authorId: "01".repeat(16), text },
          ...{ sentAtMs: Date.now(), state: "waiting", memberCount: 8 },
          ...(replyTo === undefined ? {} : { replyTo }),
        });
        chats.messages = [...chats.messages, made];
        return { status: 201, json: made };
      },
    }),
    route({
      ...{ method: "POST", path: `${path}/read`, summary: "Read", answers: "nothing" },
      handle: () => {
        chats.messages = chats.messages.map((message) => {
          if (message.state !== "unread") return message;
          const read = { ...message, state: "read" } as const;
          hub.emit("group-message-state", read);
          return read;
        });
        return { status: 204 };
      },
    }),
  ];
}

function chatOf({ messages, withoutKeys, forked }: FakeChats): GroupChatBody {
  return {
    ...{ group: "Choir", groupId: GROUP_ID, messages: messages.length, devices: 8 },
    unread: messages.filter(({ state }) => state === "unread").length,
    ...{ withoutKeys, forked },
  };
}
