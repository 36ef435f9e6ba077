import { DiskError, type RecordStore } from "../../ports/index.ts";
import { WireError } from "../../wire/index.ts";
import { EDGES, ONWARD_EDGES } from "./ledger.ts";
import { LETTERS } from "./letters.ts";
import { PASSAGES } from "./passages.ts";
import { SENT } from "./sent.ts";
import { decodeSettings, decodeShown, SETTINGS, SHOWN } from "./settings.ts";
import type { StrangerState } from "./state.ts";

/** Prefix of all records of this room. */
const ALL = "contacts/s/";

/** Reads what is stored into `state`. */
export function loadStrangers(
  records: RecordStore,
  state: StrangerState,
  nowMs: number,
  done: (error: DiskError | null) => void,
): void {
  records.scan(ALL, (error, found) => {
    if (error !== null) {
      done(error);
      return;
    }
    try {
      for (const { key, value } of found) take(state, key, value, nowMs);
    } catch (cause) {
      if (!(cause instanceof WireError)) throw cause;
      done(new DiskError("corrupt", "What is stored of introductions is damaged.", { cause }));
      return;
    }
    // What is reserved is counted from what is under way: no crash can lose or double it.
    for (const { stage, edge } of state.passages.all()) {
      if (stage !== "declined") state.ledger.reserve(edge);
    }
    done(null);
  });
}

function take(state: StrangerState, key: string, value: Uint8Array, nowMs: number): void {
  if (key.startsWith(EDGES)) state.ledger.load(key, value, nowMs);
  else if (key.startsWith(ONWARD_EDGES)) state.onward.load(key, value, nowMs);
  else if (key.startsWith(PASSAGES)) state.passages.load(key, value);
  else if (key.startsWith(LETTERS)) state.letters.load(key, value);
  else if (key.startsWith(SENT)) state.sent.load(key, value);
  else if (key === SETTINGS) takeSettings(state, value);
  else if (key === SHOWN) state.shown = decodeShown(value);
}

function takeSettings(state: StrangerState, value: Uint8Array): void {
  const { atMs, ...settings } = decodeSettings(value);
  state.settings = settings;
  state.settingsAtMs = atMs;
}
