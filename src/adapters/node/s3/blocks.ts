import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { toHex, utf8 } from "../../../base/bytes.ts";
import { DiskError } from "../../../ports/index.ts";
import { type BlockStoreOptions, type NodeBlockStore, openBlockStore } from "../blocks.ts";
import { parseObject, readSmall, writeWhole } from "../home-files.ts";
import { S3Client, type S3ClientOptions } from "./client.ts";
import { S3Files, type S3Numbers } from "./files.ts";
import { S3_NUMBERS_RESERVED, S3_SEGMENTS_MAX } from "./limits.ts";
import { formatS3Place, type S3Place } from "./place.ts";
import type { S3Credentials } from "./sign.ts";
import { SegmentTails } from "./tails.ts";

/** How a block store in a cluster is opened. */
export interface S3BlockStoreOptions extends S3ClientOptions {
  readonly place: S3Place;
  readonly credentials: S3Credentials;
  /** Directory on this machine for copies of indexes and what must be remembered. */
  readonly directory: string;
  /** Who the blocks belong to: `s3OwnerOf`. */
  readonly owner: string;
  readonly onDamage?: BlockStoreOptions["onDamage"];
  /** Bytes of one segment object. */
  readonly segmentBytes?: number | undefined;
}

/** A block store in a cluster. */
export interface S3BlockStore extends NodeBlockStore {
  /** From now on the blocks of the home are here and nowhere else; survives a crash. */
  ready(): Promise<void>;
}

/** The object that says whose blocks are in a place. */
const OWNER_NAME = "owner.json";
const STATE_NAME = "state.json";
const FORMAT = 1;

/** The name under which a peer with this device seed owns a place; tells nothing about the seed. */
export function s3OwnerOf(deviceSeed: Uint8Array): string {
  const hash = createHash("sha256").update("peernet owner of blocks in s3").update(deviceSeed);
  return toHex(hash.digest().subarray(0, 16));
}

/** What a home remembers about its place in a cluster. */
interface State {
  readonly place: string;
  readonly takenBelow: number;
  /** Whether the blocks of the home are there; until then those on its disk count. */
  readonly isReady: boolean;
}

async function readState(directory: string): Promise<State | undefined> {
  const path = join(directory, STATE_NAME);
  const text = await readSmall(path);
  if (text === undefined) return undefined;
  const found = parseObject(text) ?? {};
  const { format, place, takenBelow, isReady } = found as Readonly<Record<string, unknown>>;
  if (format === FORMAT && typeof place === "string" && Number.isSafeInteger(takenBelow)) {
    return { place, takenBelow: takenBelow as number, isReady: isReady === true };
  }
  throw new DiskError(
    "corrupt",
    `${path} is damaged or of a newer Peernet. Nothing was changed: start the newer Peernet, or put a copy of the file back.`,
  );
}

/** The place where the home with this directory keeps its blocks, as text; undefined: on its disk. */
export async function s3PlaceOfHome(directory: string): Promise<string | undefined> {
  const state = await readState(directory);
  return state?.isReady === true ? state.place : undefined;
}

/** Remembers which numbers may have been used, some ahead, so that few are noted. */
class Numbers implements S3Numbers {
  readonly #directory: string;
  readonly #place: string;
  readonly takenBelow: number;
  #isReady: boolean;
  #noted: number;
  #noting: Promise<void> = Promise.resolve();

  constructor(directory: string, place: string, state: State | undefined) {
    this.#directory = directory;
    this.#place = place;
    this.takenBelow = state?.takenBelow ?? 0;
    this.#isReady = state?.isReady ?? false;
    this.#noted = this.takenBelow;
  }

  take(number: number): Promise<void> {
    return this.#inTurn(async () => {
      if (number >= this.#noted) await this.#write(number + S3_NUMBERS_RESERVED);
    });
  }

  ready(): Promise<void> {
    this.#isReady = true;
    return this.note();
  }

  note(): Promise<void> {
    return this.#inTurn(() => this.#write(this.#noted));
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#noting = this.#noting.catch(() => undefined).then(work);
    return this.#noting;
  }

  async #write(takenBelow: number): Promise<void> {
    const state: State = { place: this.#place, takenBelow, isReady: this.#isReady };
    const text = JSON.stringify({ format: FORMAT, ...state });
    await writeWhole(join(this.#directory, STATE_NAME), `${text}\n`);
    this.#noted = takenBelow;
  }
}

/** Takes the place for this owner, or makes sure that it is this owner's. */
async function own(client: S3Client, owner: string, place: S3Place): Promise<void> {
  const there = await client.readWhole(OWNER_NAME);
  const path = formatS3Place(place);
  if (there === undefined) {
    const found = await client.list(S3_SEGMENTS_MAX);
    if (found.length > 0) {
      throw new DiskError(
        "io",
        `${path} holds other things already. Choose a path of its own for this peer: --blocks s3://${place.bucket}/NAME?…`,
      );
    }
    await client.write(OWNER_NAME, [utf8(`${JSON.stringify({ format: FORMAT, owner })}\n`)]);
    return;
  }
  const said = parseObject(Buffer.from(there).toString("utf8"))?.["owner"];
  if (said === owner) return;
  if (typeof said !== "string") {
    throw new DiskError(
      "io",
      `The S3 cluster at ${place.endpoint} has something as ${OWNER_NAME} that Peernet did not write. Check the endpoint, or choose another path with --blocks.`,
    );
  }
  throw new DiskError(
    "io",
    `${path} holds the blocks of another peer. Choose a path of its own for this one: --blocks s3://${place.bucket}/NAME?…`,
  );
}

/**
 * Opens (or begins) a block store in an S3-compatible cluster. It needs a cluster that shows an
 * object to every reader once it has acknowledged it, as all well-known ones do.
 * @throws DiskError or AdapterError with what to do next
 */
export async function openS3BlockStore(options: S3BlockStoreOptions): Promise<S3BlockStore> {
  const { place, credentials, directory, owner, onDamage, segmentBytes } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const state = await readState(directory);
  const client = new S3Client(place, credentials, options);
  const placeText = formatS3Place(place);
  const numbers = new Numbers(directory, placeText, state);
  const onLost = (segment: string): void =>
    onDamage?.({
      ...{ segment, offset: 0, kind: "damaged" },
      detail: "This block file is gone from the S3 cluster.",
    });
  const tails = new SegmentTails(directory, client);
  try {
    await own(client, owner, place);
    if (state?.place !== placeText) await numbers.note();
    const files = new S3Files({ client, tails, numbers, onLost, segmentBytes });
    const reports = onDamage === undefined ? {} : { onDamage };
    const store = await openBlockStore(placeText, { files, ...reports });
    client.opened();
    return faceOf(store, client, numbers);
  } catch (error) {
    client.close();
    throw error;
  }
}

function faceOf(store: NodeBlockStore, client: S3Client, numbers: Numbers): S3BlockStore {
  return {
    ready: () => numbers.ready(),
    put: (key, block, done, leaf) => store.put(key, block, done, leaf),
    get: (key, done) => store.get(key, done),
    remove: (keys, done) => store.remove(keys, done),
    has: (key) => store.has(key),
    keys: (prefix) => store.keys(prefix),
    usedBytes: () => store.usedBytes(),
    damage: () => store.damage(),
    idle: () => store.idle(),
    close: async () => {
      client.hurry();
      await store.close();
      client.close();
    },
  };
}
