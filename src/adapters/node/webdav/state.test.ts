import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { MemoryRecords } from "../../../../test/support/memory-records.ts";
import { DiskError, type RecordStore } from "../../../ports/index.ts";
import { DeadProperties } from "./dead-properties.ts";
import { DavError } from "./errors.ts";
import {
  DEAD_PROPERTIES_BYTES_MAX,
  DEAD_PROPERTIES_MAX,
  DEAD_PROPERTY_BYTES_MAX,
  LOCK_TIMEOUT_MS_MAX,
  LOCKS_MAX,
} from "./limits.ts";
import { LockTable, type LockWish } from "./locks.ts";
import { Turns } from "./turns.ts";

const NOBODY: ReadonlySet<string> = new Set();

function codeOf(work: () => unknown): string {
  try {
    work();
    return "none";
  } catch (error) {
    if (error instanceof DavError) return error.code;
    throw error;
  }
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    if (error instanceof DavError || error instanceof DiskError) return error.code;
    throw error;
  }
}

describe("locks", () => {
  function table() {
    const clock = { nowMs: 0 };
    let made = 0;
    const locks = new LockTable(
      () => clock.nowMs,
      () => `urn:${++made}`,
    );
    const add = (path: string, change: Partial<LockWish> = {}) =>
      locks.add({
        path,
        isDeep: false,
        isShared: false,
        ownerXml: "",
        timeoutMs: 1_000,
        ...change,
      });
    return { clock, locks, add };
  }

  test("stand against changes of what they cover, and of what is in a folder", () => {
    const { locks, add } = table();
    const { token } = add("a/b");
    const shown = new Set([token]);
    expect(codeOf(() => locks.checkChange("a/b", "content", NOBODY))).toBe("locked");
    expect(codeOf(() => locks.checkChange("a/b", "content", shown))).toBe("none");
    expect(codeOf(() => locks.checkChange("a/c", "member", NOBODY))).toBe("none");
    expect(codeOf(() => locks.checkChange("a", "tree", NOBODY))).toBe("locked");
    expect(codeOf(() => locks.checkChange("a", "tree", shown))).toBe("none");
    expect(codeOf(() => locks.checkChange("a", "content", NOBODY))).toBe("none");
  });

  test("of a folder stand against new members; deep ones against everything below", () => {
    const { locks, add } = table();
    add("flat");
    add("deep", { isDeep: true });
    expect(codeOf(() => locks.checkChange("flat/x", "member", NOBODY))).toBe("locked");
    expect(codeOf(() => locks.checkChange("flat/x", "content", NOBODY))).toBe("none");
    expect(codeOf(() => locks.checkChange("deep/x/y", "content", NOBODY))).toBe("locked");
    expect(codeOf(() => locks.checkChange("deeper", "content", NOBODY))).toBe("none");
  });

  test("that are shared go together; one token of them is enough", () => {
    const { locks, add } = table();
    const [one, two] = [add("a", { isShared: true }), add("a", { isShared: true })];
    expect(codeOf(() => add("a"))).toBe("locked");
    for (const { token } of [one, two]) {
      expect(codeOf(() => locks.checkChange("a", "content", new Set([token])))).toBe("none");
    }
    expect(codeOf(() => locks.checkChange("a", "content", NOBODY))).toBe("locked");
  });

  test("a deep lock finds the locks below in its way", () => {
    const { add } = table();
    add("a/b/c");
    expect(codeOf(() => add("a", { isDeep: true }))).toBe("locked");
    expect(codeOf(() => add("a"))).toBe("none");
  });

  test("end by themselves, later where they were refreshed, and are never longer than granted", () => {
    const { clock, locks, add } = table();
    const { token } = add("a");
    clock.nowMs = 999;
    expect(locks.refresh(new Set([token]), "a", 5_000)?.timeoutMs).toBe(5_000);
    clock.nowMs = 5_998;
    expect(locks.covers(token, "a")).toBe(true);
    clock.nowMs = 5_999;
    expect(locks.covers(token, "a")).toBe(false);
    expect(locks.refresh(new Set([token]), "a", 5_000)).toBeUndefined();
    expect(add("a", { timeoutMs: 1e12 }).timeoutMs).toBe(LOCK_TIMEOUT_MS_MAX);
  });

  test("are LOCKS_MAX at most; those that have ended do not count", () => {
    const { clock, locks, add } = table();
    for (let i = 0; i < LOCKS_MAX; i++) add(`f${i}`);
    expect(codeOf(() => add("more"))).toBe("unavailable");
    locks.forget("f0");
    expect(codeOf(() => add("more"))).toBe("none");
    clock.nowMs = 1_000;
    expect(codeOf(() => add("again"))).toBe("none");
  });
});

describe("properties that programs give", () => {
  const property = (name: string, xml = "<x/>") => ({ namespace: "u:", name, xml });

  test("follow their file, are kept, and are forgotten with it", async () => {
    const records = new MemoryRecords();
    const view = records.open();
    const settle = (): void => {
      while (records.busy) records.step();
    };
    const disk: RecordStore = {
      write: (batch, done) => {
        view.write(batch, done);
        settle();
      },
      scan: (prefix, done) => {
        view.scan(prefix, done);
        settle();
      },
    };
    const properties = await DeadProperties.open(disk, "m");
    await properties.change("a/f", [property("p"), property("q")]);
    await properties.change("a/f", [{ ...property("p"), xml: undefined }, property("q", "<y/>")]);
    await properties.copy("a", "flat", false);
    await properties.copy("a", "b", true);
    await properties.move("a", "c/d");
    const again = await DeadProperties.open(disk, "m");
    const other = await DeadProperties.open(disk, "other");
    for (const one of [properties, again]) {
      expect(one.of("a/f")).toEqual([]);
      expect(one.of("flat/f")).toEqual([]);
      expect(one.of("b/f")).toEqual([property("q", "<y/>")]);
      expect(one.of("c/d/f")).toEqual([property("q", "<y/>")]);
    }
    expect(other.of("b/f")).toEqual([]);
    await again.remove("b");
    expect((await DeadProperties.open(disk, "m")).of("b/f")).toEqual([]);
  });

  test("a record that is damaged or of a newer format is left out", async () => {
    const found = [
      { key: "webdav/m/a", value: new TextEncoder().encode('[9,["u:","p","<x/>"]]') },
      { key: "webdav/m/b", value: new Uint8Array([1, 2]) },
    ];
    const disk = {
      scan: (_prefix: string, done: (e: null, v: typeof found) => void) => done(null, found),
    };
    const properties = await DeadProperties.open(disk as unknown as RecordStore, "m");
    expect([properties.of("a"), properties.of("b")]).toEqual([[], []]);
  });

  test("that cannot be written are not there", async () => {
    const disk = {
      scan: (_prefix: string, done: (e: null, v: []) => void) => done(null, []),
      write: (_batch: unknown, done: (e: DiskError) => void) => done(new DiskError("full", "full")),
    };
    const properties = await DeadProperties.open(disk as unknown as RecordStore, "m");
    expect(await failureOf(properties.change("a", [property("p")]))).toBe("full");
    expect(properties.of("a")).toEqual([]);
  });

  test("are bounded in number and bytes, for one file and for all", async () => {
    const properties = await DeadProperties.open(undefined, "m");
    const many = (count: number) => Array.from({ length: count }, (_, i) => property(`p${i}`));
    expect(await failureOf(properties.change("a", many(DEAD_PROPERTIES_MAX + 1)))).toBe("full");
    expect(properties.of("a")).toEqual([]);
    expect(await failureOf(properties.change("a", many(DEAD_PROPERTIES_MAX)))).toBe("none");
    const whole = (bytes: number) => [property("p", "x".repeat(bytes - 3))];
    expect(await failureOf(properties.change("b", whole(DEAD_PROPERTY_BYTES_MAX + 1)))).toBe(
      "full",
    );
    await properties.remove("a");
    const fitting = DEAD_PROPERTIES_BYTES_MAX / DEAD_PROPERTY_BYTES_MAX;
    for (let i = 0; i < fitting; i++) {
      expect(await failureOf(properties.change(`f${i}`, whole(DEAD_PROPERTY_BYTES_MAX)))).toBe(
        "none",
      );
    }
    expect(await failureOf(properties.change("more", whole(4)))).toBe("full");
    expect(await failureOf(properties.copy("f0", "copy", true))).toBe("full");
    expect(await failureOf(properties.move("f0", "moved"))).toBe("none");
    await properties.remove("moved");
    expect(await failureOf(properties.change("more", whole(4)))).toBe("none");
  });
});

describe("turns", () => {
  const response = () =>
    Object.assign(new EventEmitter(), {
      destroyed: false,
      socket: {},
    }) as unknown as ServerResponse;

  test("are handed on in order, and none is lost where somebody leaves", async () => {
    const turns = new Turns(1);
    const [first, gone, last] = [response(), response(), response()];
    const end = await turns.take(first);
    const leaving = failureOf(turns.take(gone));
    const waiting = turns.take(last);
    expect(turns.waitingCount).toBe(2);
    gone.emit("close");
    expect(await leaving).toBe("unavailable");
    expect(turns.waitingCount).toBe(1);
    end();
    end();
    const endLast = await waiting;
    const later = turns.take(first);
    expect(turns.waitingCount).toBe(1);
    endLast();
    (await later)();
    (await turns.take(first))();
    expect(turns.waitingCount).toBe(0);
  });
});
