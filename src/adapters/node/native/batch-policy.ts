import { type Ffi, loadFfi } from "./ffi.ts";
import { Pinned } from "./pinned.ts";

/** Policies of the scheduler (sched(7)), the same on all processors of Linux. */
const SCHED_OTHER = 0;
const SCHED_BATCH = 3;
/** The clock of what a thread has used (clock_gettime(2)). */
const CLOCK_THREAD_CPUTIME_ID = 3;
/** The thread that asks. */
const THIS_THREAD = 0;
/** A `struct sched_param`, one number, which is 0 for both policies; then a `struct timespec`, two of 64 bits. */
const MEMORY_BYTES = 24;
const TIME_AT = 8;

/** How often it is looked at how busy this thread is, in milliseconds. */
const LOOK_MS = 1_000;
/** Shares of a processor's time from which on it is busy, and below which it is no longer. */
const BUSY_SHARE = 0.15;
const CALM_SHARE = 0.08;

/** What is injected in tests. */
export interface BatchPolicyOptions {
  /** By default what `loadFfi` finds. */
  readonly ffi?: Ffi;
  /** Processor time that this thread has used, in milliseconds. */
  readonly usedMs?: () => number;
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number;
}

/**
 * While this thread is busy, it no longer interrupts others each time that something comes for it (`SCHED_BATCH`,
 * sched(7)): whoever runs goes on, so that more is there when its turn comes. Peers and programs on few processors
 * interrupted each other for nearly every packet otherwise. Where it is calm it answers as soon as it can. What somebody else chose
 * for it (`chrt`, a service's settings) stays. Threads and programs that it begins while busy have the policy as well, for good.
 * Nothing is done without native calls, elsewhere than on Linux, and where the system refuses, as the C library musl does.
 * @returns ends it: the thread is as before
 */
export function batchWhileBusy(options: BatchPolicyOptions = {}): () => void {
  const system = findScheduler(options.ffi ?? loadFfi());
  if (system === undefined) return () => undefined;
  const { usedMs = system.usedMs, nowMs = () => performance.now() } = options;
  let [atMs, beforeMs, isBatch] = [nowMs(), usedMs(), false];
  const look = (): void => {
    const [toMs, nowUsedMs] = [nowMs(), usedMs()];
    const share = (nowUsedMs - beforeMs) / Math.max(1, toMs - atMs);
    [atMs, beforeMs] = [toMs, nowUsedMs];
    const isWanted = share >= (isBatch ? CALM_SHARE : BUSY_SHARE);
    if (isWanted === isBatch) return;
    if (system.choose(isWanted)) isBatch = isWanted;
    else clearInterval(timer);
  };
  const timer = setInterval(look, LOOK_MS).unref();
  return () => {
    clearInterval(timer);
    if (isBatch) system.choose(false);
    isBatch = false;
  };
}

interface Scheduler {
  /** Sets the policy of this thread; false where it has another one than we gave it, or may not have it. */
  choose(isBatch: boolean): boolean;
  usedMs(): number;
}

function findScheduler(ffi: Ffi | undefined): Scheduler | undefined {
  if (ffi === undefined || process.platform !== "linux") return undefined;
  try {
    const set = ffi.find("sched_setscheduler", ["int", "int", "address"]);
    const get = ffi.find("sched_getscheduler", ["int"]);
    const time = ffi.find("clock_gettime", ["int", "address"]);
    const memory = new Pinned(ffi, MEMORY_BYTES);
    return {
      choose: (isBatch) => {
        const [from, to] = isBatch ? [SCHED_OTHER, SCHED_BATCH] : [SCHED_BATCH, SCHED_OTHER];
        return get(THIS_THREAD) === from && set(THIS_THREAD, to, memory.address) === 0;
      },
      usedMs: () => {
        time(CLOCK_THREAD_CPUTIME_ID, memory.address + TIME_AT);
        // The upper half of the seconds is full after a century.
        return memory.get32(TIME_AT) * 1_000 + memory.get32(TIME_AT + 8) / 1e6;
      },
    };
  } catch {
    return undefined;
  }
}
