import { beforeEach, describe, expect, test, vi } from "vitest";
import type { MessageBody } from "../../../src/api/client/index.ts";
import { MEANWHILE_MAX } from "../limits.ts";
import { chatError, conversations, hear, openConversation, sendText } from "./chat.ts";

/** Questions for messages that wait for their answer. */
const asked: ((messages: readonly MessageBody[]) => void)[] = [];
const failing: ((why: Error) => void)[] = [];

vi.mock("./api.ts", () => ({
  api: () => ({
    messages: () =>
      new Promise((resolve, reject) => {
        asked.push((messages) => resolve({ messages }));
        failing.push(reject);
      }),
    sendMessage: (_talk: string, text: string) => Promise.resolve(message(text)),
  }),
}));

beforeEach(() => {
  asked.length = 0;
  failing.length = 0;
  conversations.value = new Map();
});

function message(id: string, state: MessageBody["state"] = "unread"): MessageBody {
  return {
    ...{ id, contact: "Anna", personId: "anna", direction: "in", text: id },
    ...{ sentAtMs: Number(id), state, deliveredAtMs: null, kind: "text" },
  };
}

function shown(): readonly string[] | undefined {
  return conversations.value.get("anna")?.map(({ id, state }) => `${id} ${state}`);
}

describe("what happens while a conversation is being fetched", () => {
  test("is shown: a message that came after the peer had answered", async () => {
    const opened = openConversation("anna");
    hear({ name: "message", body: message("2") });
    expect(shown()).toBeUndefined();
    asked[0]?.([message("1")]);
    await opened;
    expect(shown()).toEqual(["1 unread", "2 unread"]);
  });

  test("is shown where the conversation was open before, too, and once only", async () => {
    conversations.value = new Map([["anna", [message("1")]]]);
    const opened = openConversation("anna");
    hear({ name: "message", body: message("2") });
    hear({ name: "message", body: message("3") });
    asked[0]?.([message("1"), message("2")]);
    await opened;
    expect(shown()).toEqual(["1 unread", "2 unread", "3 unread"]);
  });

  test("counts: a message that was written here, and a state that is newer", async () => {
    const opened = openConversation("anna");
    await sendText("anna", "5");
    hear({ name: "message-state", body: { id: "1", state: "read" } });
    asked[0]?.([message("1")]);
    await opened;
    expect(shown()).toEqual(["1 read", "5 unread"]);
  });

  test("counts for each of two fetches, whichever ends last", async () => {
    const both = [openConversation("anna"), openConversation("anna")];
    hear({ name: "message", body: message("2") });
    asked[1]?.([message("1"), message("2")]);
    await both[1];
    asked[0]?.([message("1")]);
    await both[0];
    expect(shown()).toEqual(["1 unread", "2 unread"]);
  });

  test("is forgotten once it is over, also where it came to nothing", async () => {
    const first = openConversation("anna");
    hear({ name: "message", body: message("2") });
    failing[0]?.(new RangeError("no answer"));
    await first;
    expect([chatError.value === undefined, shown()]).toEqual([false, undefined]);
    const second = openConversation("anna");
    asked[1]?.([message("1")]);
    await second;
    expect([chatError.value, shown()]).toEqual([undefined, ["1 unread"]]);
  });

  test("is kept up to a limit, the last of it", async () => {
    const opened = openConversation("anna");
    for (let id = 1; id <= MEANWHILE_MAX + 1; id++) {
      hear({ name: "message", body: message(`${id}`) });
    }
    asked[0]?.([]);
    await opened;
    expect(shown()).toHaveLength(MEANWHILE_MAX);
    expect(shown()?.[0]).toBe("2 unread");
  });
});
