import { letProgramPagesGo } from "./native/program-pages.ts";
import { returnSpareMemory } from "./native/spare-memory.ts";
import { collectEarlier } from "./old-generation.ts";
import { collectAlone, holdYoungGeneration } from "./young-generation.ts";

/** When what only the start needs of Node's program has been used. */
const STARTED_MS = 10_000;

/**
 * For a process that is a peer and nothing else: it holds less memory from now on. What has to be done before the peer
 * is read does `saveMemoryWhileReading`.
 * @returns ends it
 */
export function saveMemory(): () => void {
  const started = setTimeout(() => void letProgramPagesGo(), STARTED_MS).unref();
  const ends = [returnSpareMemory(), holdYoungGeneration(), collectEarlier()];
  collectAlone();
  return () => {
    clearTimeout(started);
    for (const end of ends) end();
  };
}

/**
 * To be called before the peer is read: its program alone would make the space for new objects grow to the most, and V8
 * would leave several times as much room for old ones as they need.
 */
export function saveMemoryWhileReading(): void {
  holdYoungGeneration();
  collectEarlier();
}
