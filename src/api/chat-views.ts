import type { GroupInfo } from "../groups/index.ts";
import { formatAddress } from "../identity/index.ts";
import type { GroupMessage } from "../messages/index.ts";
import type { Peer } from "../peer/index.ts";
import type { GroupChatBody, GroupMessageBody } from "./contract-chats.ts";
import { nameIn } from "./group-views.ts";

/** A message of a group as the API shows it. */
export function groupMessageBody(
  peer: Peer,
  group: GroupInfo,
  message: GroupMessage,
): GroupMessageBody {
  const { id, groupId, author, device, direction, text, kind, replyTo, file } = message;
  const { sentAtMs, state, deliveredTo, memberCount } = message;
  return {
    ...{ id, group: group.label, groupId, author: nameIn(peer, group, author), authorId: author },
    ...{ peerId: formatAddress(device), direction, text, kind, sentAtMs, state, memberCount },
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(file === undefined ? {} : { file }),
    deliveredTo: deliveredTo.map((person) => nameIn(peer, group, person)),
  };
}

/** A group's chat as a whole. */
export function groupChatBody(peer: Peer, group: GroupInfo): GroupChatBody {
  const info = peer.messages.chats.info(group.id);
  const { messages, unread, devices, withoutKeys, forked } = info;
  return {
    ...{ group: group.label, groupId: group.id, messages, unread, devices },
    withoutKeys: withoutKeys.map((person) => nameIn(peer, group, person)),
    forked: forked.map(formatAddress),
  };
}
