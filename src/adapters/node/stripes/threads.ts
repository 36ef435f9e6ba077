import { Worker } from "node:worker_threads";
import type { CryptoSuite } from "../../../crypto/index.ts";
import type { Log } from "../../../ports/index.ts";
import {
  Codecs,
  type MadeStripe,
  madeBytes,
  makeStripe,
  type StripeMaker,
  type StripeTask,
} from "../../../store/index.ts";
import {
  STRIPE_SLOT_BYTES_MAX,
  STRIPE_SLOTS_PER_THREAD,
  STRIPE_THREAD_HEAP_MB,
  STRIPE_THREADS_IDLE_MS,
} from "../limits.ts";
import type { StripeRequest } from "./worker.ts";

/** What the threads are made of. */
export interface StripeThreadsOptions {
  /** The file of a thread, built. */
  readonly workerFile: URL;
  /** How many threads there may be, 1 or more. */
  readonly count: number;
  readonly suite: CryptoSuite;
  readonly log: Log;
  /** Called after every answer, so that new deadlines of the peer are noticed. */
  readonly poke: () => void;
  /** How long idle threads are kept, in milliseconds; `STRIPE_THREADS_IDLE_MS` without it. */
  readonly idleMs?: number;
}

/** A stripe that is with a thread. */
interface Waiting {
  readonly request: StripeRequest;
  readonly done: () => void;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

/**
 * Seals, codes and hashes stripes in threads, which begin with the first stripe and end when
 * nothing has come for a while. Bytes go both ways in memory that is shared and used again. What a
 * thread that dies was to make is made here.
 */
export class StripeThreads implements StripeMaker {
  readonly #options: StripeThreadsOptions;
  readonly #freeSlots: SharedArrayBuffer[] = [];
  #slotsInUse = 0;
  #threads: readonly Thread[] = [];
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor(options: StripeThreadsOptions) {
    this.#options = options;
  }

  make(task: StripeTask, done: (made: MadeStripe) => void): boolean {
    const bytes = madeBytes(task);
    const plainBytes = task.plain.length;
    const slot = this.#takeSlot(plainBytes + bytes.shards + bytes.leaves);
    if (slot === undefined) return false;
    clearTimeout(this.#idle);
    const plain = new Uint8Array(slot, 0, plainBytes);
    const shards = new Uint8Array(slot, plainBytes, bytes.shards);
    const leaves = new Uint8Array(slot, plainBytes + bytes.shards, bytes.leaves);
    plain.set(task.plain);
    const id = ++this.#lastId;
    const request: StripeRequest = { id, task: { ...task, plain }, shards, leaves };
    const thread = this.#leastBusy();
    thread.waiting.set(id, {
      request,
      done: () => done({ shards, leaves, release: () => this.#giveSlot(slot) }),
    });
    thread.worker.postMessage(request);
    return true;
  }

  /** Ends all threads; what they were asked is made here. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const threads = this.#threads;
    this.#threads = [];
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
    for (const thread of threads) this.#makeHere(thread);
    this.#freeSlots.length = 0;
  }

  #takeSlot(bytes: number): SharedArrayBuffer | undefined {
    const slotsMax = this.#options.count * STRIPE_SLOTS_PER_THREAD;
    if (bytes > STRIPE_SLOT_BYTES_MAX || this.#slotsInUse >= slotsMax) return undefined;
    this.#slotsInUse++;
    const free = this.#freeSlots.pop();
    return free !== undefined && free.byteLength >= bytes ? free : new SharedArrayBuffer(bytes);
  }

  #giveSlot(slot: SharedArrayBuffer): void {
    this.#slotsInUse--;
    if (this.#threads.length > 0) this.#freeSlots.push(slot);
  }

  #leastBusy(): Thread {
    let best: Thread | undefined;
    for (const thread of this.#threads) {
      if (best === undefined || thread.waiting.size < best.waiting.size) best = thread;
    }
    const isFull = this.#threads.length >= this.#options.count;
    return best !== undefined && (isFull || best.waiting.size === 0) ? best : this.#begin();
  }

  #begin(): Thread {
    const worker = new Worker(this.#options.workerFile, {
      resourceLimits: STRIPE_THREAD_HEAP_MB,
    });
    const thread: Thread = { worker, waiting: new Map() };
    worker.on("message", (id: number) => this.#answered(thread, id));
    worker.on("error", (error) => {
      this.#options.log.warn("thread for stripes died", { error: error.message });
    });
    worker.on("exit", () => {
      this.#threads = this.#threads.filter((other) => other !== thread);
      this.#makeHere(thread);
    });
    this.#threads = [...this.#threads, thread];
    return thread;
  }

  #answered(thread: Thread, id: number): void {
    const waiting = thread.waiting.get(id);
    thread.waiting.delete(id);
    waiting?.done();
    if (this.#threads.every((one) => one.waiting.size === 0)) {
      const idleMs = this.#options.idleMs ?? STRIPE_THREADS_IDLE_MS;
      this.#idle = setTimeout(() => void this.close(), idleMs);
      this.#idle.unref();
    }
    this.#options.poke();
  }

  #makeHere({ waiting }: Thread): void {
    const left = [...waiting.values()];
    waiting.clear();
    const codecs = new Codecs();
    for (const { request, done } of left) {
      makeStripe(this.#options.suite, codecs, request.task, request);
      done();
    }
    if (left.length > 0) this.#options.poke();
  }
}
