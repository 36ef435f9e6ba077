import type { TypedError } from "../../base/errors.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import type { LineBook } from "../line-book.ts";
import type { LineEntry } from "../line-entry.ts";
import type { Carried, Reach } from "../protocol.ts";
import type { Till } from "../till.ts";

/** Letters to people out of reach, as others carry them: sealed, once, and in order. */
export interface MoneyPost {
  /** Devices of a person to which letters go. */
  devicesOf(person: PersonId): readonly PeerId[];
  /** `done` comes once the letter is on this device's disk, or with why it cannot be. */
  send(device: PeerId, content: Uint8Array, done: (error: TypedError | null) => void): void;
}

/** What letters about lines ask of the room of lines. */
export interface MailDesk {
  /** The lines that are here; `oneWith`: the line of this id that is with a person. */
  readonly book: Pick<LineBook, "all" | "get" | "oneWith">;
  /** Brings what is due of a line to disk; what is due together, under one signature for each line. */
  readonly till: Pick<Till, "touch" | "together">;
  isHeard(person: PersonId): boolean;
  /** Whether the partner's device that writes is in reach: then it is told without letters. */
  isInReach(line: LineEntry): boolean;
  /** The partner's device that writes; undefined before it has. */
  writerOf(line: LineEntry): PeerId | undefined;
  offered(person: PersonId, definition: Uint8Array): void;
  /** The partner had so much of our half when it wrote. @returns whether it has another one than we */
  heard(line: LineEntry, ours: Reach): boolean;
  /** @param onGap called where batches before these are missing. @throws MoneyError */
  arrived(line: LineEntry, batches: readonly Carried[], onGap: () => void): void;
}
