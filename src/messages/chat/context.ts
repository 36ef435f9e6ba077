import type { MessagesOptions } from "../options.ts";
import type { Prekeys } from "../prekeys.ts";
import type { RatchetKit } from "../ratchet/types.ts";
import type { ReadMarks } from "../read-marks.ts";
import type { ChatEvents, ChatPeople } from "./types.ts";

/** What the parts of the chats share. */
export interface ChatContext
  extends Pick<
    MessagesOptions,
    "identity" | "suite" | "clock" | "random" | "log" | "records" | "sessions" | "ratchet"
  > {
  readonly kit: RatchetKit;
  /** Prekeys to which sender keys are sealed. */
  readonly prekeys: Prekeys;
  readonly people: ChatPeople;
  readonly readMarks: ReadMarks;
  readonly events: ChatEvents;
}

/**
 * The kit with which members' sender keys are saved. Reading uses no key twice, so a copy of a home
 * may go on with them; only what this device writes with is bound to one copy.
 */
export function readingKit({ kit }: Pick<ChatContext, "kit">): RatchetKit {
  return { ...kit, instance: new Uint8Array(kit.instance.length) };
}
