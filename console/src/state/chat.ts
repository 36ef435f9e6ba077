import { type Signal, signal } from "@preact/signals";
import type { EventBodies, MessageFileBody, PeerEvent } from "../../../src/api/client/index.ts";
import {
  CONVERSATION_FETCH,
  CONVERSATION_MAX,
  CONVERSATIONS_MAX,
  FILE_NAME_BYTES_MAX,
} from "../limits.ts";
import { api } from "./api.ts";
import { wordsOf } from "./errors.ts";
import { applyEvent, type Conversations, withMessage, withOlder } from "./events.ts";
import { clipBytes } from "./format.ts";
import { type Change, Meanwhile } from "./meanwhile.ts";
import { groupOfTalk, type Letter } from "./talk.ts";
import { enqueue, putObject } from "./transfers.ts";
import { resources } from "./views.ts";

/** Messages of the conversations that were opened. */
export const conversations: Signal<Conversations> = signal(new Map());

/** Why the last conversation could not be fetched, in words. */
export const chatError: Signal<string | undefined> = signal(undefined);

/** Conversations of which everything was fetched, and those that are being fetched further. */
const whole = new Set<string>();
const loading = new Set<string>();

const meanwhile = new Meanwhile();

function change(how: Change): void {
  conversations.value = how(conversations.peek());
  meanwhile.note(how);
}

/** Takes an event of the peer; after a reconnect, open conversations are fetched anew. */
export function hear(event: PeerEvent<keyof EventBodies>): void {
  change((known) => applyEvent(known, event));
  const isPast = event.name === "messages-past";
  if (event.name !== "hello" && !isPast) return;
  // There may be older messages where there were none before.
  if (isPast) whole.clear();
  for (const talk of conversations.peek().keys()) void openConversation(talk);
}

/** Fetches the newest part of a conversation; what is known of the rest stays. */
export async function openConversation(talk: string): Promise<void> {
  try {
    await meanwhile.during(
      () => page(talk),
      (messages, since) => {
        conversations.value = since(withNewest(conversations.peek(), talk, messages));
      },
    );
    chatError.value = undefined;
  } catch (error) {
    chatError.value = wordsOf(error);
  }
}

/** The newest part of a conversation in place of what was known of it. */
function withNewest(
  before: Conversations,
  talk: string,
  messages: readonly Letter[],
): Conversations {
  const known = before.get(talk) ?? [];
  const first = messages[0];
  // Where the two do not meet, there is a gap: then only what is certain stays.
  const at = known.findIndex(({ id }) => id === first?.id);
  const older = at < 0 ? [] : known.slice(0, at);
  if (older.length === 0 && messages.length < CONVERSATION_FETCH) whole.add(talk);
  else if (older.length === 0) whole.delete(talk);
  const next = new Map(before);
  next.delete(talk);
  next.set(talk, [...older, ...messages]);
  for (const oldest of next.keys()) {
    if (next.size <= CONVERSATIONS_MAX) break;
    next.delete(oldest);
  }
  return next;
}

/** Fetches what was before the oldest message that is known, where there is more. */
export async function loadOlder(talk: string): Promise<void> {
  const known = conversations.peek().get(talk) ?? [];
  const first = known[0];
  if (first === undefined || whole.has(talk) || loading.has(talk)) return;
  if (known.length + CONVERSATION_FETCH > CONVERSATION_MAX) return;
  loading.add(talk);
  try {
    const messages = await page(talk, first.id);
    if (messages.length < CONVERSATION_FETCH) whole.add(talk);
    conversations.value = withOlder(conversations.peek(), talk, messages);
  } catch {
    // The banner tells that the peer does not answer; scrolling on tries again.
  } finally {
    loading.delete(talk);
  }
}

/** Sends a message; it waits on the peer until the other side has it. */
export async function sendText(
  talk: string,
  text: string,
  more: { readonly replyTo?: string; readonly file?: MessageFileBody } = {},
): Promise<void> {
  const group = groupOfTalk(talk);
  const message: Letter =
    group === undefined
      ? { ...(await api().sendMessage(talk, text, more)), personId: talk }
      : await api().chats.send(group, text, more);
  change((known) => withMessage(known, message));
}

/** Puts files on the drive and sends each as a message, one after the other. */
export function sendFiles(talk: string, files: readonly File[]): void {
  for (const file of files) {
    enqueue(file.name, file.size, async (id) => {
      const { link, name, sizeBytes, mediaType } = await putObject(id, file);
      const told = clipBytes(name, FILE_NAME_BYTES_MAX);
      await sendText(talk, "", { file: { link, name: told, sizeBytes, mediaType } });
      resources.objects.invalidate();
    });
  }
}

/** Tells the peer that a conversation has been seen. */
export async function seen(talk: string): Promise<void> {
  const group = groupOfTalk(talk);
  if (group === undefined) await seenOf(talk);
  else {
    await api().chats.markRead(group);
    resources.chats.amend((chats) =>
      chats.map((chat) => (chat.groupId === group ? { ...chat, unread: 0 } : chat)),
    );
    resources.chats.invalidate();
  }
}

async function seenOf(person: string): Promise<void> {
  await api().markRead(person);
  resources.contacts.amend((contacts) =>
    contacts.map((contact) =>
      contact.personId === person ? { ...contact, unreadCount: 0 } : contact,
    ),
  );
  resources.contacts.invalidate();
  resources.status.invalidate();
}

/** The newest messages of a conversation, or those before one. */
async function page(talk: string, before?: string): Promise<readonly Letter[]> {
  const query = { limit: CONVERSATION_FETCH, ...(before === undefined ? {} : { before }) };
  const group = groupOfTalk(talk);
  const found =
    group === undefined
      ? await api().messages({ ...query, with: talk })
      : await api().chats.messages(group, query);
  return found.messages;
}
