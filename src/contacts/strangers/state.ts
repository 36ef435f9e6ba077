import { EDGES, Ledger, ONWARD_EDGES } from "./ledger.ts";
import { LetterBook } from "./letters.ts";
import type { Elsewhere } from "./own/words.ts";
import { PassageBook } from "./passages.ts";
import { SentBook } from "./sent.ts";
import { type StrangerSettings, USUAL_SETTINGS } from "./settings.ts";

/** All that the room about strangers keeps in mind; as it is on disk. */
export class StrangerState {
  /** What this person holds against those who bring. */
  readonly ledger: Ledger = new Ledger(EDGES);
  /** What those to whom this person brings hold against them, as far as their verdicts tell. */
  readonly onward: Ledger = new Ledger(ONWARD_EDGES);
  readonly passages: PassageBook = new PassageBook();
  readonly letters: LetterBook = new LetterBook();
  readonly sent: SentBook = new SentBook();
  settings: StrangerSettings = USUAL_SETTINGS;
  /** When the settings were decided, wall time; 0: never, or by a peer of before. */
  settingsAtMs = 0;
  /** What other own devices' trays mean for this one. */
  elsewhere: Elsewhere = { shown: [], underWay: [], before: 0 };
  /** When requests were shown lately, wall-clock times. */
  shown: readonly number[] = [];
}
