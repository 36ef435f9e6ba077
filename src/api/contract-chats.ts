import type { MessageFileBody } from "./contract-messages.ts";

/** A message in a group's chat. */
export interface GroupMessageBody {
  /** Unique on this peer; also the paging key within the group. */
  readonly id: string;
  /** What the group is called here. */
  readonly group: string;
  readonly groupId: string;
  /** Who wrote it: this peer's name for them where it has one, else what the group calls them. */
  readonly author: string;
  readonly authorId: string;
  /** The device on which it was written. */
  readonly peerId: string;
  /** "out": you wrote it, on whatever device. */
  readonly direction: "in" | "out";
  readonly text: string;
  /** "unreadable" and "newer" (of a kind that only a newer Peernet knows): the text is a notice. */
  readonly kind: "text" | "file" | "unreadable" | "newer";
  /** Id of the message that it answers, where that is here. */
  readonly replyTo?: string;
  readonly file?: MessageFileBody;
  readonly sentAtMs: number;
  /**
   * Outgoing: "waiting" while no member has told this device that they have it, "delivered" to some,
   * "everybody"; "sent": another device of yours wrote it. Incoming: unread -> read.
   */
  readonly state: "waiting" | "delivered" | "everybody" | "sent" | "unread" | "read";
  /** Members who have told this device that they have opened it; there may be more. */
  readonly deliveredTo: readonly string[];
  /** Other members when it was written; 0 where another device wrote it. */
  readonly memberCount: number;
}

/** GET /v1/groups/{group}/messages */
export interface GroupMessagesBody {
  readonly messages: readonly GroupMessageBody[];
}

/** GET /v1/groups/{group}/chat */
export interface GroupChatBody {
  readonly group: string;
  readonly groupId: string;
  readonly messages: number;
  readonly unread: number;
  /** Devices of members to which a message can be sealed now, this one not counted. */
  readonly devices: number;
  /** Members of whom no device is known yet that could read. */
  readonly withoutKeys: readonly string[];
  /** Devices that told two stories: nothing more is taken of what they wrote under that key. */
  readonly forked: readonly string[];
}

/** GET /v1/chats */
export interface GroupChatsBody {
  readonly chats: readonly GroupChatBody[];
}
