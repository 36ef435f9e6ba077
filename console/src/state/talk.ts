import type { GroupMessageBody, MessageBody } from "../../../src/api/client/index.ts";

/** A message of a conversation, with one person or in a group. */
export type Letter = MessageBody | GroupMessageBody;

/** With what the name of a group's conversation begins; ids of persons begin otherwise. */
const GROUP_SIGN = "@";

/** Whether a message was written to a group. */
export function isInGroup(message: Letter): message is GroupMessageBody {
  return "groupId" in message;
}

/** The name of a group's conversation in this page; that of a person's is the person's id. */
export function groupTalk(groupId: string): string {
  return `${GROUP_SIGN}${groupId}`;
}

/** The group whose conversation this is; undefined where it is a person's. */
export function groupOfTalk(talk: string): string | undefined {
  return talk.startsWith(GROUP_SIGN) ? talk.slice(GROUP_SIGN.length) : undefined;
}

/** The conversation that a message belongs to. */
export function talkOf(message: Letter): string {
  return isInGroup(message) ? groupTalk(message.groupId) : message.personId;
}

/** Who wrote a message that came in, as this peer calls them. */
export function authorOf(message: Letter): string {
  return isInGroup(message) ? message.author : message.contact;
}
