import { expect, test } from "vitest";
import type { GroupMessageBody } from "../api/client/index.ts";
import { groupIn, groupMessageLines, groupStateWords } from "./chat-words.ts";

const message: GroupMessageBody = {
  ...{ id: "g000000000001", group: "coop", groupId: "00", author: "Ben\u202e", authorId: "01" },
  ...{ peerId: "fd00::1", direction: "out", text: "Bread\nis ready", kind: "text", sentAtMs: 0 },
  ...{ state: "waiting", deliveredTo: [], memberCount: 8 },
};

test("how far a message to a group is", () => {
  const words = (more: Partial<GroupMessageBody>): string =>
    groupStateWords({ ...message, ...more });
  expect(words({})).toBe("waiting here");
  const some = { state: "delivered", deliveredTo: ["anna", "dora"] } as const;
  expect(words(some)).toBe("with 2 of 8 other members: anna, dora");
  expect(words({ state: "everybody" })).toBe("with all 8 other members");
  expect(words({ state: "everybody", memberCount: 1 })).toBe("with the other member");
  expect(words({ memberCount: 0 })).toBe("nobody else is in the group");
  expect(words({ state: "sent", memberCount: 0 })).toBe("sent by another device of yours");
});

test("a message of a group names who wrote it, inert", () => {
  const lines = groupMessageLines(
    { ...message, direction: "in", state: "unread", replyTo: "g000000000000" },
    { withId: true },
  );
  expect(lines).toContain(
    "in @coop  [g000000000001]\n  > answers g000000000000\n  Bread\n  is ready",
  );
  expect(lines).not.toContain("\u202e");
});

test("what begins with @ means a group", () => {
  expect([groupIn("@coop"), groupIn("coop"), groupIn(undefined)]).toEqual([
    ...["coop", undefined, undefined],
  ]);
});
