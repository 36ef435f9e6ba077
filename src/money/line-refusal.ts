import { MoneyError, type MoneyErrorCode } from "./errors.ts";
import type { Stop } from "./line-record.ts";

/** Why nothing can be written on a line now. */
export type LineTrouble =
  /** The partner has signed two stories, or what was not agreed; or this person has signed two. */
  | Stop["cause"]
  | "declined"
  | "not-accepted"
  /** Another device of this person writes it, or this one does already. */
  | "elsewhere"
  | "written-here"
  /** The partner must tell first how far this person's half is. */
  | "unsure"
  | "unconfirmed"
  /** It is read anew after the disk failed. */
  | "reloading";

const CODES: Readonly<Partial<Record<LineTrouble, MoneyErrorCode>>> = {
  "written-here": "exists",
  unsure: "stale",
  unconfirmed: "stale",
  reloading: "disk",
};

const WORDS: Readonly<Record<LineTrouble, string>> = {
  forked:
    "Your partner signed two different books. The line is stopped, with the proof kept; what they owe stays written down.",
  broken:
    "Your partner signed what your agreement does not allow. The line is stopped, with the proof kept; what they owe stays written down.",
  "ours-forked":
    "Two different books were signed by you, as by an old copy of your home. The line is stopped; others go on.",
  declined: "You have declined this line.",
  "not-accepted": "Accept the line first: 'peernet line accept'.",
  elsewhere:
    "Another device of yours writes this line. Use that one; if it is lost for good: 'peernet line takeover'.",
  "written-here": "This device writes this line already.",
  unsure:
    "This home may have forgotten what it signed on this line, as an old copy or a salvaged one does: nothing is signed before your partner has told how far it is. That happens by itself when they are in reach; try again then.",
  unconfirmed:
    "Your partner must tell first how far your part of this line is. That happens by itself when they are in reach; try again then.",
  reloading: "The disk failed; try again in a moment.",
};

/** A refusal to write on a line, in English words and as what is in the way. */
export class LineRefusal extends MoneyError {
  readonly trouble: LineTrouble;

  constructor(trouble: LineTrouble) {
    super(CODES[trouble] ?? "stopped", WORDS[trouble]);
    this.trouble = trouble;
  }
}
