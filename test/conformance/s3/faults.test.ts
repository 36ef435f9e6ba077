import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { BlockDamage } from "../../../src/adapters/node/block-open.ts";
import { openS3BlockStore, type S3BlockStore } from "../../../src/adapters/node/s3/blocks.ts";
import { DiskError } from "../../../src/ports/index.ts";
import { allBlocks, getBlock, putBlock, removeBlocks } from "../../../src/testing/block-calls.ts";
import { FaultProxy } from "./proxy.ts";
import { BUCKET, KEYS, S3Server } from "./server.ts";

const server = new S3Server();
const proxy = new FaultProxy(() => server.port);
const folder = mkdtempSync(join(tmpdir(), "peernet-s3-faults-"));
const open: S3BlockStore[] = [];
const damage: BlockDamage[] = [];
let places = 0;

beforeAll(async () => {
  await server.start();
  await proxy.start();
});
afterEach(async () => {
  proxy.decide = () => "pass";
  for (const store of open.splice(0)) await store.close();
  damage.length = 0;
});
afterAll(async () => {
  await proxy.dispose();
  await server.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** A home and its place in the bucket, by number. */
function newPlace(): number {
  return places++;
}

const directoryOf = (place: number): string => join(folder, String(place));

interface Changes {
  readonly bucket?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly endpoint?: string;
  readonly owner?: string;
  readonly directory?: string;
  readonly segmentBytes?: number;
  readonly retryMs?: number;
  readonly retryOpeningMs?: number;
}

async function start(place: number, changes: Changes = {}): Promise<S3BlockStore> {
  const store = await openS3BlockStore({
    place: {
      bucket: changes.bucket ?? BUCKET,
      prefix: `faults/${place}`,
      endpoint: changes.endpoint ?? proxy.endpoint,
      region: "us-east-1",
    },
    credentials: changes.credentials ?? KEYS,
    directory: changes.directory ?? directoryOf(place),
    owner: changes.owner ?? "me",
    segmentBytes: changes.segmentBytes,
    retryMs: changes.retryMs ?? 30_000,
    retryOpeningMs: changes.retryOpeningMs ?? 30_000,
    silenceMs: 3_000,
    onDamage: (one) => damage.push(one),
  });
  open.push(store);
  return store;
}

async function stop(): Promise<void> {
  await open.pop()?.close();
}

function block(seed: number, length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => (seed * 31 + i * 7) & 255);
}

async function refusalOf(opening: Promise<unknown>): Promise<string> {
  try {
    await opening;
  } catch (error) {
    expect(error).toBeInstanceOf(DiskError);
    return error instanceof Error ? error.message : "";
  }
  return "not refused";
}

describe("a cluster that misbehaves", () => {
  test("answers 503, breaks off, garbles and stalls: nothing acknowledged is lost or wrong", async () => {
    const place = newPlace();
    const store = await start(place, { segmentBytes: 20_000 });
    let turn = 0;
    const often = ["busy", "mute", "pass", "garble", "pass"] as const;
    const tricks = [...often, "pass", ...often, "pass", ...often, "stall", "pass"] as const;
    proxy.decide = (method) => {
      const trick = tricks[turn++ % tricks.length] ?? "pass";
      if (trick === "stall" && proxy.counts.stall >= 2) return "pass";
      return trick === "garble" && method !== "GET" ? "pass" : trick;
    };
    const all = new Map<string, Uint8Array>();
    const written: Promise<unknown>[] = [];
    for (let i = 0; i < 60; i++) {
      const key = `k${i % 40}`;
      all.set(key, block(i, 900 + i));
      written.push(putBlock(store, key, block(i, 900 + i)));
      if (i % 10 === 9) await Promise.all(written);
    }
    expect(new Set(await Promise.all(written))).toEqual(new Set([null]));
    expect(await removeBlocks(store, "k3", "k4")).toBe(null);
    all.delete("k3");
    all.delete("k4");
    expect(await allBlocks(store)).toEqual(all);
    expect(Math.min(proxy.counts.busy, proxy.counts.mute, proxy.counts.stall)).toBeGreaterThan(0);
    expect(proxy.counts.garble).toBeGreaterThan(0);
    await stop();
    proxy.decide = () => "pass";
    rmSync(directoryOf(place), { recursive: true });
    expect(await allBlocks(await start(place))).toEqual(all);
    expect(damage).toEqual([]);
  });

  test("killed and started again in the middle: all is acknowledged in the end, and there", async () => {
    const place = newPlace();
    const store = await start(place);
    const first = Array.from({ length: 20 }, (_, i) => putBlock(store, `a${i}`, block(i, 5_000)));
    await Promise.all(first);
    const killed = server.kill();
    const second = Array.from({ length: 20 }, (_, i) => putBlock(store, `b${i}`, block(i, 5_000)));
    await killed;
    const reading = getBlock(store, "a7");
    await new Promise((done) => setTimeout(done, 300));
    await server.start();
    expect(new Set(await Promise.all(second))).toEqual(new Set([null]));
    expect(await reading).toEqual(block(7, 5_000));
    await stop();
    const again = await start(place);
    expect([...again.keys("")].length).toBe(40);
    expect(await getBlock(again, "b19")).toEqual(block(19, 5_000));
  });

  test("away for good: what waits fails with a clear error, the rest goes on when it is back", async () => {
    const store = await start(newPlace(), { retryMs: 300 });
    expect(await putBlock(store, "before", block(1, 100))).toBe(null);
    proxy.decide = () => "mute";
    const refused = await putBlock(store, "lost", block(2, 100));
    expect(refused?.code).toBe("io");
    expect(refused?.message).toMatch(/cannot be reached/);
    proxy.decide = () => "pass";
    expect(await putBlock(store, "after", block(3, 100))).toBe(null);
    expect([...store.keys("")].sort()).toEqual(["after", "before"]);
  });

  test("a page of some other program instead of S3", async () => {
    proxy.decide = () => "nonsense";
    expect(await refusalOf(start(newPlace()))).toMatch(
      /has something as owner.json that Peernet did not write/,
    );
  });
});

describe("refusals that say what to do", () => {
  test.each([
    [
      "a wrong key",
      { credentials: { accessKeyId: "NOBODY", secretAccessKey: "x" } },
      /does not accept the keys/,
    ],
    [
      "a wrong secret",
      { credentials: { ...KEYS, secretAccessKey: "x" } },
      /does not accept the keys/,
    ],
    ["no such bucket", { bucket: "not-there" }, /has no bucket not-there. Make it first/],
    [
      "nobody at the endpoint",
      { endpoint: "http://127.0.0.1:9", retryOpeningMs: 300 },
      /cannot be reached .*Check that it runs/,
    ],
  ] as const)("%s", async (_, changes, words) => {
    expect(await refusalOf(start(newPlace(), changes))).toMatch(words);
  });

  test("the place of another peer, and one with other things in it", async () => {
    const place = newPlace();
    await start(place);
    const other = { owner: "somebody", directory: join(folder, "other") };
    expect(await refusalOf(start(place, other))).toMatch(/holds the blocks of another peer/);
    const taken = newPlace();
    for (const file of server.files(join("faults", String(place)))) {
      if (!file.includes("owner.json")) continue;
      const target = file
        .replace(join("faults", String(place)), join("faults", String(taken)))
        .replace("owner.json", "photo.jpg");
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, readFileSync(file));
    }
    expect(await refusalOf(start(taken))).toMatch(/holds other things already/);
  });

  test("a bucket in which nearly all is gone is rather a wrong one", async () => {
    const place = newPlace();
    const store = await start(place);
    for (let i = 0; i < 3; i++) await putBlock(store, `k${i}`, block(i, 100));
    await stop();
    for (const file of server.files("seg-")) {
      if (file.includes(join("faults", String(place))))
        rmSync(file, { recursive: true, force: true });
    }
    expect(await refusalOf(start(place))).toMatch(/3 of 3 block files .* are gone/);
    expect(readdirSync(directoryOf(place)).filter((name) => name.endsWith(".hint"))).toHaveLength(
      3,
    );
  });
});

describe("compaction", () => {
  test("dead segments go, half dead ones are moved, many small ones become one", async () => {
    const place = newPlace();
    const store = await start(place);
    const all = new Map<string, Uint8Array>();
    for (let i = 0; i < 40; i++) {
      all.set(`k${i}`, block(i, 300));
      await putBlock(store, `k${i}`, block(i, 300));
    }
    await store.idle();
    const objects = () =>
      server
        .files(join("faults", String(place)))
        .filter((name) => /seg-.*object$/.test(name) || /seg-[0-9a-f]+\.blk$/.test(name));
    expect(objects().length).toBeLessThan(20);
    for (let i = 0; i < 36; i++) {
      all.delete(`k${i}`);
      await removeBlocks(store, `k${i}`);
    }
    await store.idle();
    expect(await allBlocks(store)).toEqual(all);
    await stop();
    rmSync(directoryOf(place), { recursive: true });
    const again = await start(place);
    expect(await allBlocks(again)).toEqual(all);
  });
});
