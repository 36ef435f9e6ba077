import { describe, expect, test } from "vitest";
import { blockStoreSuite } from "../testing/block-store-suite.ts";
import { testRandom } from "../testing/fixtures.ts";
import { recordStoreSuite } from "../testing/record-store-suite.ts";
import { MemoryBlockStore, MemoryRecordStore } from "./memory-disk.ts";

const schedule = (action: () => void): void => void setImmediate(action);
const dispose = async (): Promise<void> => undefined;

recordStoreSuite({ describe, test, expect }, "in memory", async () => {
  const store = new MemoryRecordStore({ schedule });
  const reopen = async () => {
    store.crash();
    return store;
  };
  return { store, reopen, dispose };
});

blockStoreSuite({ describe, test, expect }, "in memory", async () => {
  const store = new MemoryBlockStore({ schedule });
  const reopen = async () => {
    store.crash();
    return store;
  };
  return { store, reopen, dispose };
});

/** Actions run when the test says so. */
function manual() {
  const actions: (() => void)[] = [];
  const run = (): void => {
    for (const action of actions.splice(0)) action();
  };
  return { schedule: (action: () => void) => void actions.push(action), run };
}

function one(value: number): Uint8Array {
  return Uint8Array.of(value);
}

function all(store: MemoryRecordStore, run: () => void): string[] {
  let keys: string[] = [];
  store.scan("", (_, found) => {
    keys = found.map(({ key }) => key);
  });
  run();
  return keys;
}

describe("faults", () => {
  test("full and io refuse as often as asked, are counted, and change nothing", () => {
    const { schedule, run } = manual();
    const store = new MemoryRecordStore({ schedule });
    const errors: (string | undefined)[] = [];
    store.faults.failNext("full", 2);
    for (const key of ["a", "b", "c"]) {
      store.write([{ key, value: one(1) }], (error) => errors.push(error?.code));
    }
    run();
    store.faults.failNext("io");
    store.write([{ key: "c", value: null }], (error) => errors.push(error?.code));
    run();
    expect(errors).toEqual(["full", "full", undefined, "io"]);
    expect(all(store, run)).toEqual(["c"]);
    expect(store.faults.counts).toMatchObject({ full: 2, io: 1 });
  });

  test("a disk of limited size fills up and takes more once something is removed", () => {
    const { schedule, run } = manual();
    const store = new MemoryBlockStore({ schedule, capacityBytes: 10 });
    const errors: (string | undefined)[] = [];
    const done = (error: { code: string } | null) => void errors.push(error?.code);
    store.put("a", new Uint8Array(10), done);
    store.put("b", new Uint8Array(1), done);
    store.remove(["a"], done);
    store.put("b", new Uint8Array(1), done);
    run();
    expect(errors).toEqual([undefined, "full", undefined, undefined]);
    expect(store.usedBytes()).toBe(1);
    expect(store.faults.counts.full).toBe(1);
  });

  test("a crash loses what was not acknowledged and answers nobody", () => {
    const { schedule, run } = manual();
    const store = new MemoryRecordStore({ schedule });
    store.write([{ key: "kept", value: one(1) }], () => undefined);
    run();
    let answered = false;
    store.write([{ key: "lost", value: one(1) }], () => {
      answered = true;
    });
    store.crash();
    run();
    expect(answered).toBe(false);
    expect(all(store, run)).toEqual(["kept"]);
    expect(store.faults.counts).toMatchObject({ lost: 1, survived: 0 });
  });

  test("a torn crash leaves whole batches, and only the oldest", () => {
    const seen = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const { schedule, run } = manual();
      const store = new MemoryRecordStore({ schedule });
      for (let i = 0; i < 5; i++) {
        store.write(
          [
            { key: `x${i}`, value: one(i) },
            { key: `y${i}`, value: one(i) },
          ],
          () => undefined,
        );
      }
      store.crash(testRandom(seed));
      const keys = all(store, run);
      const kept = keys.length / 2;
      const oldest = Array.from({ length: kept }, (_, i) => i);
      expect(keys).toEqual([...oldest.map((i) => `x${i}`), ...oldest.map((i) => `y${i}`)]);
      expect(store.faults.counts).toMatchObject({ survived: kept, lost: 5 - kept });
      seen.add(kept);
    }
    expect(seen.size).toBeGreaterThan(3);
  });

  test("a rotten block reads as null once and is gone, so that it can be put anew", () => {
    const { schedule, run } = manual();
    const store = new MemoryBlockStore({ schedule });
    store.put("a", one(1), () => undefined);
    run();
    store.damage("a");
    expect(store.has("a")).toBe(true);
    const found: unknown[] = [];
    store.get("a", (_, block) => found.push(block));
    run();
    expect(found).toEqual([null]);
    expect(store.has("a")).toBe(false);
    expect(store.usedBytes()).toBe(0);
    store.put("a", one(1), () => undefined);
    run();
    store.get("a", (_, block) => found.push(block));
    run();
    expect(found[1]).toEqual(one(1));
    expect(store.faults.counts.damaged).toBe(1);
  });
});
