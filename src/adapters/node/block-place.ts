import { readdir, rm } from "node:fs/promises";
import type { DiskError } from "../../ports/index.ts";
import { type BlockStoreOptions, type NodeBlockStore, openBlockStore } from "./blocks.ts";
import { AdapterError } from "./errors.ts";
import type { Home } from "./home.ts";
import { BLOCK_MOVES_MAX } from "./limits.ts";
import { openS3BlockStore, type S3BlockStore, s3OwnerOf, s3PlaceOfHome } from "./s3/blocks.ts";
import { parseS3Place, s3CredentialsOf } from "./s3/place.ts";
import { segmentNumber } from "./segment-hint.ts";

/** Where somebody wants the blocks of a home. */
export interface BlocksChoice {
  /** "disk" or s3://…; undefined: as the settings say, else where they are. */
  readonly blocks?: string | undefined;
  /** Hears what takes long, in a sentence. */
  readonly onWarning?: ((sentence: string) => void) | undefined;
}

type Reports = Pick<BlockStoreOptions, "onDamage">;

/**
 * Opens the blocks of a home where they are. Where they are on its disk and a cluster is wanted,
 * they are moved there first; a crash in the middle leaves those on the disk in force.
 * @throws AdapterError("bad-config") rather than beginning anew somewhere else; DiskError
 */
export async function openBlocks(
  home: Home,
  choice: BlocksChoice,
  reports: Reports,
): Promise<NodeBlockStore> {
  const kept = await s3PlaceOfHome(home.s3Directory);
  const wanted = choice.blocks ?? home.config.blocks ?? kept ?? "disk";
  if (wanted === "disk" && kept === undefined) {
    return await openBlockStore(home.blocksDirectory, reports);
  }
  const asked = wanted === "disk" ? undefined : parseS3Place(wanted);
  const known = kept === undefined ? undefined : parseS3Place(kept);
  const isElsewhere =
    known !== undefined && (asked?.bucket !== known.bucket || asked.prefix !== known.prefix);
  if (asked === undefined || isElsewhere) {
    throw new AdapterError(
      "bad-config",
      `The blocks of this home are in ${kept}. Nothing was changed: leave out --blocks (and "blocks" in config.json), or name that place. To move them, copy all objects there to the new place with a tool of the cluster, then correct "place" in ${home.s3Directory}/state.json while the peer is stopped.`,
    );
  }
  const { identity, config, s3Directory } = home;
  const store = await openS3BlockStore({
    ...reports,
    place: asked,
    credentials: s3CredentialsOf(config.s3),
    directory: s3Directory,
    owner: s3OwnerOf(identity?.deviceSeed ?? new Uint8Array(0)),
  });
  try {
    if (kept === undefined) await fill(home, store, choice.onWarning ?? (() => undefined), reports);
  } catch (error) {
    await store.close();
    throw error;
  }
  await rm(home.blocksDirectory, { recursive: true, force: true });
  return store;
}

/** Copies all blocks on the disk; from then on those in the cluster count. */
async function fill(
  home: Home,
  store: S3BlockStore,
  onNews: (sentence: string) => void,
  reports: Reports,
): Promise<void> {
  const names = await readdir(home.blocksDirectory).catch(() => []);
  if (names.some((name) => segmentNumber(name) !== undefined)) {
    const disk = await openBlockStore(home.blocksDirectory, reports);
    try {
      const megabytes = Math.ceil(disk.usedBytes() / 1e6);
      if (megabytes > 0) onNews(`Moving ${megabytes} MB of blocks to the S3 cluster.`);
      // What an attempt that broke off left there may be outdated.
      await removeAll(store);
      await copyAll(disk, store);
    } finally {
      await disk.close();
    }
  }
  await store.ready();
}

function removeAll(store: NodeBlockStore): Promise<void> {
  return new Promise((resolve, reject) => {
    store.remove([...store.keys("")], settle(resolve, reject));
  });
}

async function copyAll(from: NodeBlockStore, to: NodeBlockStore): Promise<void> {
  // All at once: the disk tidies up meanwhile, and one that is passed over would be lost.
  const keys = [...from.keys("")].values();
  const worker = async (): Promise<void> => {
    for (let next = keys.next(); next.done !== true; next = keys.next()) {
      await copyOne(from, to, next.value);
    }
  };
  await Promise.all(Array.from({ length: BLOCK_MOVES_MAX }, worker));
}

function copyOne(from: NodeBlockStore, to: NodeBlockStore, key: string): Promise<void> {
  return new Promise((resolve, reject) => {
    from.get(key, (error, block) => {
      if (error !== null) reject(error);
      // Damaged on the disk, and reported as such.
      else if (block === null) resolve();
      else to.put(key, block, settle(resolve, reject));
    });
  });
}

function settle(
  resolve: () => void,
  reject: (error: DiskError) => void,
): (error: DiskError | null) => void {
  return (error) => (error === null ? resolve() : reject(error));
}
