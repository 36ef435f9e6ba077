import { type Signal, signal } from "@preact/signals";
import { NOTICE_MS, NOTICES_MAX } from "../limits.ts";
import { wordsOf } from "./errors.ts";

/** A short word to the person, gone after a while. */
export interface Notice {
  readonly id: number;
  readonly tone: "good" | "bad";
  readonly text: string;
}

/** Notices on screen. */
export const notices: Signal<readonly Notice[]> = signal([]);

let lastId = 0;

/** Shows a notice. */
export function notify(tone: Notice["tone"], text: string): void {
  lastId += 1;
  const id = lastId;
  notices.value = [...notices.peek(), { id, tone, text }].slice(-NOTICES_MAX);
  setTimeout(() => {
    notices.value = notices.peek().filter((notice) => notice.id !== id);
  }, NOTICE_MS);
}

/** Runs something that a person asked for; a failure becomes a notice. */
export async function attempt(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    notify("bad", wordsOf(error));
    return false;
  }
}
