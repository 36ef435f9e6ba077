import { availableParallelism } from "node:os";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import type { Worker } from "node:worker_threads";

/** How long code is new: V8 compiles what runs often, and keeps what it learns about it. */
const WARM_UP_MS = 10_000;
const GROWTH = "--semi-space-growth-factor";
/** That of V8, which every new isolate begins with. */
const USUAL_GROWTH = 2;

/** Bytes of the space for new objects, both halves, from which it grows no more by little at a time. */
const ENOUGH_BYTES = 4_000_000;
/** How often V8 is told again while a thread begins. */
const AGAIN_MS = 1;
/** How often that is looked at: what grows beyond it in the meantime had reason to. */
const LOOK_MS = 1_000;

/** What waits for the end of the latest hold, and then looks now and then. */
let timer: NodeJS.Timeout | undefined;
/** What was last asked for. */
let growth = USUAL_GROWTH;
let isWatching = false;

/**
 * Keeps the space for new objects as small as it is while the program is read and the first traffic comes. V8 makes it larger
 * where much has survived, however long that took, and never smaller while there is work; what survives at first is
 * the program itself and what V8 learns about it, so a peer that relays would hold 15 MB for ever that it does not need.
 * Afterwards it grows as usual up to 4 MB, and beyond that where it doubles within a second. Whoever calls again begins
 * the time anew.
 * @returns lets it grow as usual at once and for good
 */
export function holdYoungGeneration(): () => void {
  setGrowth(1);
  clearTimeout(timer);
  timer = setTimeout(() => {
    setGrowth(USUAL_GROWTH);
    timer = setInterval(look, LOOK_MS).unref();
  }, WARM_UP_MS).unref();
  return letGrow;
}

function letGrow(): void {
  clearTimeout(timer);
  setGrowth(USUAL_GROWTH);
}

function look(): void {
  const space = getHeapSpaceStatistics().find((one) => one.space_name === "new_space");
  setGrowth((space?.space_size ?? 0) >= ENOUGH_BYTES ? 1 : USUAL_GROWTH);
}

function setGrowth(factor: number): void {
  growth = factor;
  tellGrowth();
  if (isWatching) return;
  isWatching = true;
  process.on("worker", tellAgain);
}

/** A new thread has V8 forget it for all of them, at some moment before it runs. */
function tellAgain(worker: Worker): void {
  const again = setInterval(tellGrowth, AGAIN_MS).unref();
  const end = (): void => {
    clearInterval(again);
    tellGrowth();
  };
  worker.once("online", end);
  worker.once("exit", end);
}

function tellGrowth(): void {
  setFlagsFromString(`${GROWTH}=${growth}`);
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
