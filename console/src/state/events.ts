import type { EventBodies, MessageBody, PeerEvent } from "../../../src/api/client/index.ts";
import { CONVERSATION_MAX } from "../limits.ts";
import type { Resources } from "./views.ts";

/** Messages by person, oldest first; a person is absent until the conversation was opened. */
export type Conversations = ReadonlyMap<string, readonly MessageBody[]>;

const CHANGES: Readonly<Record<keyof EventBodies, readonly (keyof Resources)[]>> = {
  hello: [],
  "neighbour-up": ["status", "peers", "map", "doctor"],
  "neighbour-down": ["status", "peers", "map", "doctor"],
  "peer-reachable": ["status", "peers", "map", "contacts"],
  "peer-unreachable": ["status", "peers", "map", "contacts"],
  "contact-changed": ["status", "contacts", "peers", "map"],
  "requests-changed": ["requests", "contacts"],
  message: ["status", "contacts"],
  "message-state": ["status", "contacts"],
  "messages-past": ["status", "contacts"],
  "group-message": [],
  "group-message-state": [],
  "anchor-changed": [],
  progress: [],
  "object-changed": ["objects", "status", "keeping"],
  "folder-changed": ["folders"],
  "group-changed": ["groups", "folders"],
  "line-changed": ["lines", "currencies", "invoices", "payments", "receipts"],
  "money-received": ["lines", "payments", "receipts"],
  "money-request": ["invoices", "receipts"],
  "money-payment": ["payments", "lines", "receipts"],
  "devices-changed": ["contacts", "devices", "recovery"],
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
  return known;
}

/** A conversation with a message added or replaced, in order of sending, bounded. */
export function withMessage(known: Conversations, message: MessageBody): Conversations {
  const before = known.get(message.personId);
  if (before === undefined) return known;
  const same = before.findLastIndex(({ id }) => id === message.id);
  const others = same < 0 ? before : before.toSpliced(same, 1);
  const behind = others.findLastIndex(({ sentAtMs }) => sentAtMs <= message.sentAtMs);
  const next = others.toSpliced(behind + 1, 0, message);
  return new Map(known).set(message.personId, next.slice(-CONVERSATION_MAX));
}

/** A conversation with older messages before those that are known; none stands twice. */
export function withOlder(
  known: Conversations,
  person: string,
  older: readonly MessageBody[],
): Conversations {
  const newer = known.get(person);
  if (newer === undefined || older.length === 0) return known;
  const ids = new Set(newer.map(({ id }) => id));
  const fresh = older.filter(({ id }) => !ids.has(id));
  return new Map(known).set(person, [...fresh, ...newer].slice(-CONVERSATION_MAX));
}

function withState(known: Conversations, change: EventBodies["message-state"]): Conversations {
  for (const [person, messages] of known) {
    const index = messages.findLastIndex((message) => message.id === change.id);
    const found = messages[index];
    if (found === undefined) continue;
    if (found.state === change.state) return known;
    return new Map(known).set(person, messages.with(index, { ...found, state: change.state }));
  }
  return known;
}
