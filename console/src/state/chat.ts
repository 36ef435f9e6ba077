import { type Signal, signal } from "@preact/signals";
import type { EventBodies, PeerEvent } from "../../../src/api/client/index.ts";
import { CONVERSATION_FETCH, CONVERSATIONS_MAX } from "../limits.ts";
import { api } from "./api.ts";
import { wordsOf } from "./errors.ts";
import { applyEvent, type Conversations, withMessage } from "./events.ts";
import { resources } from "./views.ts";

/** Messages of the conversations that were opened. */
export const conversations: Signal<Conversations> = signal(new Map());

/** Why the last conversation could not be fetched, in words. */
export const chatError: Signal<string | undefined> = signal(undefined);

/** Takes an event of the peer; after a reconnect, open conversations are fetched anew. */
export function hear(event: PeerEvent<keyof EventBodies>): void {
  conversations.value = applyEvent(conversations.peek(), event);
  if (event.name !== "hello") return;
  for (const person of conversations.peek().keys()) void openConversation(person);
}

/** Fetches a conversation. */
export async function openConversation(person: string): Promise<void> {
  try {
    const { messages } = await api().messages({ with: person, limit: CONVERSATION_FETCH });
    const next = new Map(conversations.peek());
    next.delete(person);
    next.set(person, messages);
    for (const oldest of next.keys()) {
      if (next.size <= CONVERSATIONS_MAX) break;
      next.delete(oldest);
    }
    conversations.value = next;
    chatError.value = undefined;
  } catch (error) {
    chatError.value = wordsOf(error);
  }
}

/** Sends a message; it waits on the peer until the other side has it. */
export async function sendText(person: string, text: string): Promise<void> {
  const message = await api().sendMessage(person, text);
  conversations.value = withMessage(conversations.peek(), { ...message, personId: person });
}

/** Why a message has not arrived, and what to do, in words. */
export async function whyOf(id: string): Promise<string> {
  const { words, advice } = await api().post.why(id);
  return `${words} ${advice}`.trim();
}

/** Tells the peer that a conversation has been seen. */
export async function seen(person: string): Promise<void> {
  await api().markRead(person);
  resources.contacts.amend((contacts) =>
    contacts.map((contact) =>
      contact.personId === person ? { ...contact, unreadCount: 0 } : contact,
    ),
  );
  resources.contacts.invalidate();
  resources.status.invalidate();
}
