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
  "group-message": [],
  "group-message-state": [],
  "anchor-changed": [],
  progress: [],
  "object-changed": ["objects", "status", "keeping"],
  "folder-changed": ["folders"],
  "group-changed": [],
  "devices-changed": ["contacts"],
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
  const others = before.filter((other) => other.id !== message.id);
  const sorted = [...others, message].sort((one, other) => one.sentAtMs - other.sentAtMs);
  return new Map(known).set(message.personId, sorted.slice(-CONVERSATION_MAX));
}

function withState(known: Conversations, change: EventBodies["message-state"]): Conversations {
  for (const [person, messages] of known) {
    const index = messages.findIndex((message) => message.id === change.id);
    const found = messages[index];
    if (found === undefined) continue;
    if (found.state === change.state) return known;
    return new Map(known).set(person, messages.with(index, { ...found, state: change.state }));
  }
  return known;
}
