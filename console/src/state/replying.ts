import { type Signal, signal } from "@preact/signals";
import type { Letter } from "./talk.ts";

/** What the next message of a conversation answers. */
export const replying: Signal<ReadonlyMap<string, Letter>> = signal(new Map());

/** The next message of a conversation answers this one; undefined: none. */
export function replyTo(conversation: string, message: Letter | undefined): void {
  const next = new Map(replying.peek());
  if (message === undefined) next.delete(conversation);
  else next.set(conversation, message);
  replying.value = next;
}
