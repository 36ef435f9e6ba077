import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type BlocksChoice, openBlocks } from "../../../src/adapters/node/block-place.ts";
import { openBlockStore } from "../../../src/adapters/node/blocks.ts";
import { openHome } from "../../../src/adapters/node/home.ts";
import { allBlocks, getBlock, putBlock } from "../../../src/testing/block-calls.ts";
import { BUCKET, KEYS, S3Server } from "./server.ts";

const server = new S3Server();
const folder = mkdtempSync(join(tmpdir(), "peernet-s3-move-"));
let homes = 0;

beforeAll(() => server.start());
afterEach(() => vi.unstubAllEnvs());
afterAll(async () => {
  await server.dispose();
  rmSync(folder, { recursive: true, force: true });
});

function placeText(path: string): string {
  return `s3://${BUCKET}/${path}?endpoint=${server.endpoint}`;
}

function withKeys(): void {
  vi.stubEnv("AWS_ACCESS_KEY_ID", KEYS.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", KEYS.secretAccessKey);
}

/** Opens the blocks of a home, works with them and closes all again. */
async function inHome<T>(
  directory: string,
  choice: BlocksChoice,
  work: (store: Awaited<ReturnType<typeof openBlocks>>) => Promise<T>,
): Promise<T> {
  const home = await openHome(directory);
  try {
    if (home.identity === undefined) {
      const seed = new Uint8Array(32).fill(homes);
      await home.writeIdentity({ deviceSeed: seed, personEntropy: seed, name: "Test" });
    }
    const store = await openBlocks(home, choice, {});
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  } finally {
    await home.close();
  }
}

/** A home with twenty blocks on its disk. */
async function newHome(): Promise<string> {
  const directory = join(folder, String(homes++));
  await inHome(directory, {}, async (store) => {
    for (let i = 0; i < 20; i++) await putBlock(store, `k${i}`, new Uint8Array(2_000).fill(i));
  });
  return directory;
}

test("blocks move from the disk to the cluster once, and are found there from then on", async () => {
  withKeys();
  const directory = await newHome();
  const news: string[] = [];
  const onWarning = (sentence: string) => news.push(sentence);
  const choice = { blocks: placeText("move"), onWarning };
  const moved = await inHome(directory, choice, allBlocks);
  expect(moved.size).toBe(20);
  expect(moved.get("k7")).toEqual(new Uint8Array(2_000).fill(7));
  expect(news).toEqual(["Moving 1 MB of blocks to the S3 cluster."]);
  expect(existsSync(join(directory, "blocks"))).toBe(false);
  // The place is remembered.
  await inHome(directory, {}, async (store) => {
    expect(await getBlock(store, "k3")).toEqual(new Uint8Array(2_000).fill(3));
  });
  for (const blocks of ["disk", placeText("elsewhere")]) {
    await expect(inHome(directory, { blocks }, allBlocks)).rejects.toThrow(
      /The blocks of this home are in s3:.*Nothing was changed/,
    );
  }
});

test("a move that breaks off leaves the blocks on the disk in force, and is done again", async () => {
  withKeys();
  const directory = await newHome();
  const choice = { blocks: placeText("broken") };
  const homeFiles = await openBlockStore(join(directory, "blocks"));
  await putBlock(homeFiles, "big", new Uint8Array(1 << 20));
  await homeFiles.close();
  await server.kill();
  await expect(inHome(directory, choice, allBlocks)).rejects.toThrow(/cannot be reached/);
  await server.start();
  await inHome(directory, {}, async (store) => {
    expect([...store.keys("")].length).toBe(21);
    await putBlock(store, "k0", new Uint8Array(10).fill(99));
  });
  const moved = await inHome(directory, choice, allBlocks);
  expect(moved.get("k0")).toEqual(new Uint8Array(10).fill(99));
  expect(moved.size).toBe(21);
});

test("without keys it says where they belong", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "");
  const directory = await newHome();
  await expect(inHome(directory, { blocks: placeText("keyless") }, allBlocks)).rejects.toThrow(
    /Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write "s3"/,
  );
});
