import { Worker } from "node:worker_threads";
import { KERNEL } from "./kernel.ts";
import type { Libc } from "./libc.ts";
import { TUN_POLL_MS, TUN_STOP_MS } from "./limits.ts";

const ARMED = 0;
const STOP = 1;

/**
 * The code of the watching thread, as text: the command is one file, so that it has no file of its
 * own. A thread that only ever blocks in poll is never ended by Node; so it wakes up now and then
 * and looks for the sign to stop.
 */
const SOURCE = `
const { parentPort, workerData } = require("node:worker_threads");
const { koffiPath, fds, state, pollMs } = workerData;
const poll = require(koffiPath).load(null).func("int poll(void *fds, unsigned long count, int ms)");
const shared = new Int32Array(state);
const entries = new ArrayBuffer(8 * fds.length);
for (const [index, fd] of fds.entries()) {
  new Int32Array(entries, 8 * index, 1)[0] = fd;
  new Int16Array(entries, 8 * index + 4, 1)[0] = 1;
}
const asked = new Uint8Array(entries);
while (Atomics.load(shared, ${STOP}) === 0) {
  if (Atomics.load(shared, ${ARMED}) === 0) {
    Atomics.wait(shared, ${ARMED}, 0, pollMs);
    continue;
  }
  const ready = poll(asked, fds.length, pollMs);
  if (ready < 0) Atomics.wait(shared, ${STOP}, 0, 10);
  if (ready <= 0 || Atomics.load(shared, ${STOP}) !== 0) continue;
  Atomics.store(shared, ${ARMED}, 0);
  parentPort.postMessage(0);
}
`;

/** Waits in a thread of its own until a descriptor can be read, and says so once per `arm`. */
export class Watcher {
  readonly #libc: Libc;
  readonly #worker: Worker;
  readonly #state = new Int32Array(new SharedArrayBuffer(8));
  readonly #wakeFd: number;

  /**
   * @param fd what to watch; it must stay open until `stop` is done
   * @param onReadable called on this thread, once for each `arm`
   * @param onFailed the thread ended by itself
   */
  constructor(libc: Libc, fd: number, onReadable: () => void, onFailed: (error: unknown) => void) {
    this.#libc = libc;
    this.#wakeFd = libc.eventfd(0, KERNEL.openNonBlocking | KERNEL.closeOnExec);
    const fds = this.#wakeFd < 0 ? [fd] : [fd, this.#wakeFd];
    const state = this.#state.buffer;
    this.#worker = new Worker(SOURCE, {
      eval: true,
      workerData: { koffiPath: libc.koffiPath, fds, state, pollMs: TUN_POLL_MS },
    });
    this.#worker.on("message", onReadable);
    this.#worker.on("error", onFailed);
    this.#worker.unref();
  }

  /** Asks to be told when there is something to read. */
  arm(): void {
    Atomics.store(this.#state, ARMED, 1);
    Atomics.notify(this.#state, ARMED);
  }

  /** Ends the thread; resolves when it no longer uses the descriptor. */
  async stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
    this.#worker.removeAllListeners("message");
    this.#worker.ref();
    Atomics.store(this.#state, STOP, 1);
    this.arm();
    Atomics.notify(this.#state, STOP);
    const one = new BigUint64Array([1n]);
    if (this.#wakeFd >= 0) this.#libc.write(this.#wakeFd, new Uint8Array(one.buffer), 8);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, TUN_STOP_MS);
    });
    await Promise.race([ended, late]);
    clearTimeout(timer);
    if (this.#wakeFd >= 0) this.#libc.close(this.#wakeFd);
  }
}
