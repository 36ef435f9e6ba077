import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";

/** How long code is new: V8 compiles what runs often, and keeps what it learns about it. */
const WARM_UP_MS = 10_000;
const GROWTH = "--semi-space-growth-factor";
/** That of V8, which every new isolate begins with. */
const USUAL_GROWTH = 2;

/**
 * Keeps the space for new objects as small as the start has left it while the first traffic comes. V8 makes it larger
 * where much survives, and never smaller while there is work; what survives at first is what it learns about
 * the code itself, so a peer that relays would hold 10 MB for ever that it does not need. Afterwards it grows
 * as usual, where much survives then.
 * @returns lets it grow at once
 */
export function holdYoungGeneration(): () => void {
  setFlagsFromString(`${GROWTH}=1`);
  const letGrow = (): void => {
    clearTimeout(timer);
    setFlagsFromString(`${GROWTH}=${USUAL_GROWTH}`);
  };
  const timer = setTimeout(letGrow, WARM_UP_MS).unref();
  return letGrow;
}

/** With so many processors or fewer, those who help to collect take them from those who work. */
const FEW_PROCESSORS = 2;

/**
 * Lets each thread collect its new objects by itself where there are few processors. V8 wakes four threads for each
 * collection, however small; with payments over five lines that was a seventh of all processor time or more (ADR 27).
 * @returns whether V8 was told so
 */
export function collectAlone(processors: number = availableParallelism()): boolean {
  if (processors > FEW_PROCESSORS) return false;
  setFlagsFromString("--no-parallel-scavenge");
  return true;
}
