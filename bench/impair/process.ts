import { loadFfi } from "../../src/adapters/node/native/ffi.ts";
import { Pinned } from "../../src/adapters/node/native/pinned.ts";
import { testRandom } from "../../src/testing/fixtures.ts";
import { type TapCalls, tapCalls } from "./tap.ts";
import { type Impairment, WAY_FRAMES_MAX, Way } from "./way.ts";

/** Names of both interfaces and what happens between them, either way alike. */
export interface ImpairOrder {
  readonly names: readonly [string, string];
  readonly impairment: Impairment;
  readonly seed: number;
}

/** Where a process finds its order. */
export const ORDER = "PEERNET_BENCH_IMPAIR";

const SLOT_BYTES = 2_048;
/** Frames read from one side before the other has its turn. */
const BATCH = 64;
/** How often it looks whether its parent still lives, in microseconds. */
const LOOK_US = 500_000;

/** The life of the process that is the link: ends when its parent does or an interface goes. */
export function runImpair(): void {
  const order = JSON.parse(process.env[ORDER] ?? "") as ImpairOrder;
  const rate = order.impairment.bitsPerSecond as number | null;
  const impairment = { ...order.impairment, bitsPerSecond: rate ?? Number.POSITIVE_INFINITY };
  const ffi = loadFfi();
  if (ffi === undefined) throw new RangeError("the impairing link needs koffi");
  const descriptors: number[] = [];
  const calls = tapCalls(ffi, descriptors);
  for (const name of order.names) descriptors.push(calls.open(name));
  const pool = new Pinned(ffi, 2 * WAY_FRAMES_MAX * SLOT_BYTES);
  const random = testRandom(order.seed);
  const draw = (): number => random.u32() / 2 ** 32;
  const link = new Link(calls, descriptors, pool, () => new Way(impairment, draw));
  process.send?.("ready", () => {
    const parent = process.ppid;
    while (process.ppid === parent) link.turn();
    process.exit(0);
  });
}

/** Two interfaces and a way from each to the other. */
class Link {
  readonly #calls: TapCalls;
  readonly #descriptors: readonly number[];
  readonly #pool: Pinned;
  readonly #ways: readonly [Way, Way];
  readonly #sizes = new Int32Array(2 * WAY_FRAMES_MAX);
  readonly #free = new Int32Array(2 * WAY_FRAMES_MAX).map((_, slot) => slot);
  #freeCount = 2 * WAY_FRAMES_MAX;

  constructor(calls: TapCalls, descriptors: readonly number[], pool: Pinned, way: () => Way) {
    this.#calls = calls;
    this.#descriptors = descriptors;
    this.#pool = pool;
    this.#ways = [way(), way()];
  }

  /** Waits for what is next, takes frames in and lets those out that are due. */
  turn(): void {
    const [there, back] = this.#ways;
    const dueUs = Math.min(there.nextDueUs(), back.nextDueUs());
    const timeoutUs = Math.min(LOOK_US, dueUs - nowUs());
    if (timeoutUs > 0) this.#calls.wait(timeoutUs);
    this.#readSome(0);
    this.#readSome(1);
    this.#writeDue(0);
    this.#writeDue(1);
  }

  #readSome(from: 0 | 1): void {
    const descriptor = this.#descriptors[from] ?? -1;
    for (let count = 0; count < BATCH; count++) {
      const slot = this.#free[this.#freeCount - 1];
      if (this.#freeCount === 0 || slot === undefined) return;
      const address = this.#pool.address + slot * SLOT_BYTES;
      const length = this.#calls.read(descriptor, address, SLOT_BYTES);
      if (length === 0) return;
      this.#sizes[slot] = length;
      if (this.#ways[from].offer(slot, length, nowUs())) this.#freeCount--;
    }
  }

  #writeDue(from: 0 | 1): void {
    const descriptor = this.#descriptors[1 - from] ?? -1;
    const way = this.#ways[from];
    for (let slot = way.take(nowUs()); slot >= 0; slot = way.take(nowUs())) {
      const address = this.#pool.address + slot * SLOT_BYTES;
      this.#calls.write(descriptor, address, this.#sizes[slot] ?? 0);
      this.#free[this.#freeCount++] = slot;
    }
  }
}

function nowUs(): number {
  return performance.now() * 1_000;
}
