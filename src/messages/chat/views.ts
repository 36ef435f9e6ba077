import type { LocalIdentity, PersonId } from "../../identity/index.ts";
import type { Conversation } from "./conversation.ts";
import type { ChatItem } from "./item.ts";
import type { GroupMessage } from "./types.ts";

/** A message of a group as people see it. */
export function groupMessageOf(
  identity: LocalIdentity,
  chat: Conversation,
  item: ChatItem,
  text: string,
): GroupMessage {
  const { id, author, device, kind, file, sentAtMs, memberCount } = item;
  const isMine = device === identity.id;
  const deliveredTo = isMine ? deliveredToOf(identity.person.personId, chat, item) : [];
  return {
    ...{ id, groupId: chat.id, author, device, kind, text, file, sentAtMs, memberCount },
    direction: author === identity.person.personId ? "out" : "in",
    replyTo: item.replyTo === undefined ? undefined : chat.byMark(item.replyTo)?.id,
    state: stateOf(identity, item, deliveredTo.length),
    deliveredTo,
  };
}

function stateOf(
  { id, person }: LocalIdentity,
  { author, device, isUnread, memberCount }: ChatItem,
  delivered: number,
): GroupMessage["state"] {
  if (author !== person.personId) return isUnread ? "unread" : "read";
  if (device !== id) return "sent";
  if (delivered === 0) return "waiting";
  return delivered >= memberCount ? "everybody" : "delivered";
}

/** Persons one of whose devices has said that it has opened the message. */
function deliveredToOf(
  self: PersonId,
  chat: Conversation,
  { generation, seq }: ChatItem,
): readonly PersonId[] {
  const found = new Set<PersonId>();
  for (const [device, seen] of chat.seen) {
    const range = seen.get(generation);
    const person = chat.cards.get(device)?.person;
    if (range === undefined || person === undefined || person === self) continue;
    if (seq >= range.from && seq <= range.to) found.add(person);
  }
  return [...found];
}
