import { once } from "node:events";
import { getHeapSpaceStatistics } from "node:v8";
import { Worker } from "node:worker_threads";
import { assert } from "../../base/errors.ts";

/** A space for new objects beyond this has grown: held it has 2 to 5 MB, let grow 8.4 to 67, by the version of V8. */
export const GROWN_BYTES = 6_500_000;

/** Bytes of the space for new objects after many have survived in it, or as soon as it is so large. */
export function newSpaceAfterMany(enough: number = Number.POSITIVE_INFINITY): number {
  const kept: unknown[] = [];
  for (let i = 0; i < 400_000; i++) {
    kept.push({ i, at: [i] });
    if (i % 1_000 === 0 && newSpaceBytes() >= enough) break;
  }
  assert(kept.length > 0, "objects survive as long as they are held");
  return newSpaceBytes();
}

/** Bytes of the space for new objects of this thread, both halves. */
function newSpaceBytes(): number {
  const space = getHeapSpaceStatistics().find((one) => one.space_name === "new_space");
  return space?.space_size ?? Number.NaN;
}

/** A thread whose space for new objects no one has used: that of the thread of tests has grown while they were read. */
export class FreshThread {
  readonly #worker = new Worker(
    `const { getHeapSpaceStatistics } = require("node:v8");
    const { parentPort } = require("node:worker_threads");
    parentPort.on("message", () => {
      const kept = [];
      for (let i = 0; i < 400_000; i++) kept.push({ i, at: [i] });
      const space = getHeapSpaceStatistics().find((one) => one.space_name === "new_space");
      parentPort.postMessage(kept.length > 0 ? space.space_size : 0);
    });`,
    { eval: true },
  );

  /** Waits until it runs. */
  async started(): Promise<void> {
    await once(this.#worker, "online");
  }

  /** Bytes of its space for new objects after many have survived in it. */
  async newSpaceAfterMany(): Promise<number> {
    this.#worker.postMessage("measure");
    const [bytes] = (await once(this.#worker, "message")) as [number];
    return bytes;
  }

  /** Ends it. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
