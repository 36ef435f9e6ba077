import { type Ffi, loadFfi } from "./ffi.ts";
import { Pinned } from "./pinned.ts";

/** Policies of the scheduler (sched(7)), the same on all processors of Linux. */
const SCHED_OTHER = 0;
const SCHED_BATCH = 3;
/** `struct sched_param` with room to spare: one number, which is 0 for both policies. */
const PARAM_BYTES = 64;
/** The thread that asks. */
const THIS_THREAD = 0;

/** How often it is looked at how busy this process is, in milliseconds. */
const LOOK_MS = 1_000;
/** Shares of a processor's time from which on it is busy, and below which it is no longer. */
const BUSY_SHARE = 0.15;
const CALM_SHARE = 0.08;

/** What is injected in tests. */
export interface BatchPolicyOptions {
  /** None: nothing is done, nor elsewhere than on Linux. */
  readonly ffi?: Ffi | undefined;
  /** Processor time that this process has used, in milliseconds. */
  readonly usedMs?: () => number;
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number;
}

/**
 * While this process is busy, its main thread no longer interrupts others each time that something comes for it
 * (`SCHED_BATCH`, sched(7)): it keeps its share of the processor, but whoever has it may go on, so that more is there
 * when its turn comes. Peers and programs on few processors interrupted each other for every packet otherwise. One that
 * is not busy answers as soon as it can. What somebody else chose for this process (`chrt`, a service's settings) stays.
 * @returns ends it: the thread is as before
 */
export function batchWhileBusy(options: BatchPolicyOptions = {}): () => void {
  const { ffi = loadFfi(), usedMs = processMs, nowMs = () => performance.now() } = options;
  const choose = findPolicy(ffi);
  if (choose === undefined) return () => undefined;
  let [atMs, beforeMs, isBatch] = [nowMs(), usedMs(), false];
  const look = (): void => {
    const [toMs, nowUsedMs] = [nowMs(), usedMs()];
    const share = (nowUsedMs - beforeMs) / Math.max(1, toMs - atMs);
    [atMs, beforeMs] = [toMs, nowUsedMs];
    const isWanted = share >= (isBatch ? CALM_SHARE : BUSY_SHARE);
    if (isWanted === isBatch) return;
    if (choose(isWanted)) isBatch = isWanted;
    else clearInterval(timer);
  };
  const timer = setInterval(look, LOOK_MS).unref();
  return () => {
    clearInterval(timer);
    if (isBatch) choose(false);
    isBatch = false;
  };
}

function processMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Sets the policy of this thread; false where it has another one than we gave it, or may not have it. */
function findPolicy(ffi: Ffi | undefined): ((isBatch: boolean) => boolean) | undefined {
  if (ffi === undefined || process.platform !== "linux") return undefined;
  try {
    const set = ffi.find("sched_setscheduler", ["int", "int", "address"]);
    const get = ffi.find("sched_getscheduler", ["int"]);
    const param = new Pinned(ffi, PARAM_BYTES);
    return (isBatch) => {
      const [from, to] = isBatch ? [SCHED_OTHER, SCHED_BATCH] : [SCHED_BATCH, SCHED_OTHER];
      return get(THIS_THREAD) === from && set(THIS_THREAD, to, param.address) === 0;
    };
  } catch {
    return undefined;
  }
}
