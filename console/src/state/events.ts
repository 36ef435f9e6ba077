import type {
  EventBodies,
  GroupMessageBody,
  MessageBody,
  PeerEvent,
} from "../../../src/api/client/index.ts";
import { CONVERSATION_MAX } from "../limits.ts";
import { isInGroup, type Letter, talkOf } from "./talk.ts";
import type { Resources } from "./views.ts";

/** Messages by conversation, oldest first; one is absent until it was opened. */
export type Conversations = ReadonlyMap<string, readonly Letter[]>;

const CHANGES: Readonly<Record<keyof EventBodies, readonly (keyof Resources)[]>> = {
  hello: [],
  "neighbour-up": ["status", "peers", "map", "doctor"],
  "neighbour-down": ["status", "peers", "map", "doctor"],
  "peer-reachable": ["status", "peers", "map", "contacts"],
  "peer-unreachable": ["status", "peers", "map", "contacts"],
  "contact-changed": ["status", "contacts", "peers", "map", "groups"],
  "requests-changed": ["requests", "contacts"],
  message: ["status", "contacts"],
  "message-state": ["status", "contacts"],
  "messages-past": ["status", "contacts"],
  "group-message": ["chats"],
  "group-message-state": ["chats"],
  "anchor-changed": [],
  progress: [],
  "object-changed": ["objects", "status", "keeping"],
  "folder-changed": ["folders"],
  "group-changed": ["groups", "folders", "chats", "communities"],
  "line-changed": ["lines", "currencies", "invoices", "payments", "receipts", "rates"],
  "money-received": ["lines", "payments", "receipts"],
  "money-request": ["invoices", "receipts"],
  "money-payment": ["payments", "lines", "receipts"],
  "community-changed": ["communities", "currencies"],
  "devices-changed": ["contacts", "devices", "recovery", "status"],
};

/** Which answers of the peer an event makes out of date. */
export function changedBy(name: keyof EventBodies): readonly (keyof Resources)[] {
  return Object.hasOwn(CHANGES, name) ? CHANGES[name] : [];
}

/** What an event does to the open conversations. */
export function applyEvent(
  known: Conversations,
  event: PeerEvent<keyof EventBodies>,
): Conversations {
  if (event.name === "message") return withMessage(known, event.body as MessageBody);
  if (event.name === "message-state") {
    return withState(known, event.body as EventBodies["message-state"]);
  }
  if (event.name === "group-message") return withMessage(known, event.body as GroupMessageBody);
  if (event.name === "group-message-state") return replaced(known, event.body as GroupMessageBody);
  return known;
}

/** A conversation with a message added or replaced, in its order, bounded. */
export function withMessage(known: Conversations, message: Letter): Conversations {
  const talk = talkOf(message);
  const before = known.get(talk);
  if (before === undefined) return known;
  const same = before.findLastIndex(({ id }) => id === message.id);
  const others = same < 0 ? before : before.toSpliced(same, 1);
  const behind = others.findLastIndex((other) => !isAfter(other, message));
  const next = others.toSpliced(behind + 1, 0, message);
  return new Map(known).set(talk, next.slice(-CONVERSATION_MAX));
}

/** A group's messages stand as they came, as on the peer: clocks of many people differ. */
function isAfter(one: Letter, other: Letter): boolean {
  return isInGroup(one) ? one.id > other.id : one.sentAtMs > other.sentAtMs;
}

/** A message in the place of its older self, where that is known. */
function replaced(known: Conversations, message: GroupMessageBody): Conversations {
  const before = known.get(talkOf(message));
  const index = before?.findLastIndex(({ id }) => id === message.id) ?? -1;
  if (before === undefined || index < 0) return known;
  return new Map(known).set(talkOf(message), before.with(index, message));
}

/** A conversation with older messages before those that are known; none stands twice. */
export function withOlder(
  known: Conversations,
  talk: string,
  older: readonly Letter[],
): Conversations {
  const newer = known.get(talk);
  if (newer === undefined || older.length === 0) return known;
  const ids = new Set(newer.map(({ id }) => id));
  const fresh = older.filter(({ id }) => !ids.has(id));
  return new Map(known).set(talk, [...fresh, ...newer].slice(-CONVERSATION_MAX));
}

function withState(known: Conversations, change: EventBodies["message-state"]): Conversations {
  for (const [talk, messages] of known) {
    const index = messages.findLastIndex((message) => message.id === change.id);
    const found = messages[index];
    if (found === undefined || isInGroup(found)) continue;
    if (found.state === change.state) return known;
    return new Map(known).set(talk, messages.with(index, { ...found, state: change.state }));
  }
  return known;
}
