import { describe, expect, test } from "vitest";
import type { EventBodies, GroupMessageBody, MessageBody } from "../../../src/api/client/index.ts";
import { CONVERSATION_MAX } from "../limits.ts";
import { applyEvent, type Conversations, changedBy, withMessage, withOlder } from "./events.ts";

function message(id: string, change: Partial<MessageBody> = {}): MessageBody {
  return {
    id,
    contact: "Anna",
    personId: "anna",
    direction: "out",
    text: id,
    sentAtMs: Number(id),
    state: "waiting",
    deliveredAtMs: null,
    kind: "text",
    ...change,
  };
}

function groupMessage(id: string, change: Partial<GroupMessageBody> = {}): GroupMessageBody {
  return {
    ...{
      id,
      group: "choir",
      groupId: "choir-id",
      author: "Ben",
      authorId: "ben",
      peerId: "fd12::",
    },
    ...{ direction: "in", text: id, kind: "text", sentAtMs: 5, state: "unread" },
    ...{ deliveredTo: [], memberCount: 0 },
    ...change,
  };
}

const OPEN: Conversations = new Map([["anna", [message("1"), message("3")]]]);

describe("events and conversations", () => {
  test("a message joins its conversation in order, once", () => {
    const once = applyEvent(OPEN, { name: "message", body: message("2") });
    const twice = applyEvent(once, { name: "message", body: message("2") });
    expect(twice.get("anna")?.map(({ id }) => id)).toEqual(["1", "2", "3"]);
    expect(OPEN.get("anna")).toHaveLength(2);
  });

  test("a conversation that was never opened is not begun", () => {
    const stranger = message("4", { personId: "ben" });
    expect(applyEvent(OPEN, { name: "message", body: stranger })).toBe(OPEN);
  });

  test("a state changes its message; the same state changes nothing", () => {
    const event = { name: "message-state", body: { id: "3", state: "delivered" } } as const;
    const next = applyEvent(OPEN, event);
    expect(next.get("anna")?.map(({ state }) => state)).toEqual(["waiting", "delivered"]);
    expect(applyEvent(next, event)).toBe(next);
    const unknown = { name: "message-state", body: { id: "9", state: "read" } } as const;
    expect(applyEvent(OPEN, unknown)).toBe(OPEN);
  });

  test("keeps CONVERSATION_MAX messages, the newest", () => {
    const many = Array.from({ length: CONVERSATION_MAX }, (_, at) => message(String(at)));
    const full: Conversations = new Map([["anna", many]]);
    const next = withMessage(full, message(String(CONVERSATION_MAX))).get("anna");
    expect(next).toHaveLength(CONVERSATION_MAX);
    expect(next?.[0]?.id).toBe("1");
  });

  test("older messages come before the known ones, none twice", () => {
    const older = [message("0"), message("1")];
    const next = withOlder(OPEN, "anna", older).get("anna");
    expect(next?.map(({ id }) => id)).toEqual(["0", "1", "3"]);
    expect(withOlder(OPEN, "ben", older)).toBe(OPEN);
    expect(withOlder(OPEN, "anna", [])).toBe(OPEN);
  });

  test("a group's messages stand as they came, whatever the clocks of others say", () => {
    const open: Conversations = new Map([["@choir-id", [groupMessage("g1"), groupMessage("g2")]]]);
    const body = groupMessage("g3", { sentAtMs: 1 });
    const next = applyEvent(open, { name: "group-message", body });
    expect(next.get("@choir-id")?.map(({ id }) => id)).toEqual(["g1", "g2", "g3"]);
    const read = groupMessage("g1", { state: "read" });
    const seen = applyEvent(next, { name: "group-message-state", body: read });
    expect(seen.get("@choir-id")?.map(({ state }) => state)).toEqual(["read", "unread", "unread"]);
  });

  test("a state of a group's message that is not loaded adds nothing: there would be a gap", () => {
    const open: Conversations = new Map([["@choir-id", [groupMessage("g7")]]]);
    const body = groupMessage("g1", { state: "read" });
    expect(applyEvent(open, { name: "group-message-state", body })).toBe(open);
    expect(applyEvent(OPEN, { name: "group-message-state", body })).toBe(OPEN);
  });

  test("every event names what it makes out of date; unknown ones nothing", () => {
    expect(changedBy("contact-changed")).toContain("contacts");
    expect(changedBy("object-changed")).toContain("objects");
    expect(changedBy("folder-changed")).toContain("folders");
    expect(changedBy("group-message")).toContain("chats");
    expect(changedBy("line-changed")).toEqual(expect.arrayContaining(["lines", "payments"]));
    expect(changedBy("neighbour-down")).toContain("map");
    expect(changedBy("toString" as keyof EventBodies)).toEqual([]);
  });
});
