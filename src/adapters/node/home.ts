import { existsSync } from "node:fs";
import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { AdapterError } from "./errors.ts";
import { readApiFile } from "./home-api-file.ts";
import { type HomeConfig, parseConfig } from "./home-config.ts";
import { homeIoError, parseObject, readSmall, writeWhole } from "./home-files.ts";
import { areOneDevice, identityText, parseIdentity, type StoredIdentity } from "./home-identity.ts";
import { type HomeLock, takeLock } from "./home-lock.ts";
import { forgetPlace, isMoved, keepPlace } from "./home-place.ts";
import { makeFolder } from "./make-folder.ts";
import { damagedDirectoryOf } from "./records.ts";

/** Version of the home directory that this code writes; it reads all before. */
export const HOME_FORMAT = 2;

export type { StoredIdentity } from "./home-identity.ts";

/** A home directory that this process, and no other, has open. */
export interface Home {
  readonly directory: string;
  /** For `openRecordStore`. */
  readonly recordsDirectory: string;
  /** For `openBlockStore`. */
  readonly blocksDirectory: string;
  /** For `openS3BlockStore`: indexes of blocks that are kept in a cluster. */
  readonly s3Directory: string;
  readonly logFile: string;
  /** Whether this may be a copy of a home, or an old one that was put back. */
  readonly isCopied: boolean;
  /** Whether damaged records were put aside here: blocks that no record names may belong to those. */
  readonly hasDamagedRecords: boolean;
  /** The settings; empty where there is no config file. */
  readonly config: HomeConfig;
  /** The identity, or undefined in a new home. */
  readonly identity: StoredIdentity | undefined;
  /**
   * Keeps the identity, durably. The keys of a home never change; its name may.
   * @throws AdapterError("bad-identity") where the home belongs to other keys, or "io"
   */
  writeIdentity(identity: StoredIdentity): Promise<void>;
  /**
   * Keeps settings for the next start; all others in the file stay.
   * @throws AdapterError "bad-config" or "io"
   */
  writeSetting(setting: Readonly<Record<string, unknown>>): Promise<void>;
  /**
   * What the records know may be older than what was told to others: keys are not used again.
   * @throws AdapterError("io")
   */
  forgetPlace(): Promise<void>;
  /**
   * The peer has started and has drawn new keys where the home was copied: from now on it is the
   * one that lies here.
   * @throws AdapterError("io")
   */
  keepPlace(): Promise<void>;
  /** Tells other programs where the API is. */
  writeApiFile(api: { readonly url: string; readonly token: string }): Promise<void>;
  /** Removes the API file and lets other processes in. */
  close(): Promise<void>;
}

/**
 * The identity of a home, also while a peer runs on it; undefined where it has none.
 * @throws AdapterError("bad-identity" | "io")
 */
export async function readIdentity(directory: string): Promise<StoredIdentity | undefined> {
  const path = join(directory, "identity.json");
  const text = await readSmall(path);
  return text === undefined ? undefined : parseIdentity(text, path);
}

async function inUseError(directory: string): Promise<AdapterError> {
  const api = await readApiFile(directory).catch(() => undefined);
  const who = api === undefined ? "another process" : `process ${api.pid}`;
  const where = api === undefined ? "" : ` It answers at ${api.url}.`;
  return new AdapterError(
    "home-in-use",
    `The home ${directory} is in use by ${who}.${where} Use that peer, stop it with 'peernet stop', or choose another directory with --home DIR.`,
  );
}

/** Files that hold the token of a running peer and go with it. */
const TOKEN_FILES = ["api.json", "console.html"];

/** What may lie in a home whose making was cut short. */
const UNFINISHED = new Set(["lock", "home.json.tmp"]);

/**
 * @throws AdapterError where the directory is a newer Peernet's, damaged, or somebody's own files
 * @returns its format; undefined where it is still to be made
 */
async function formatOf(directory: string): Promise<number | undefined> {
  const path = join(directory, "home.json");
  const text = await readSmall(path);
  if (text === undefined) {
    const names = await readdir(directory);
    if (names.every((name) => UNFINISHED.has(name))) return undefined;
    throw new AdapterError(
      "bad-config",
      `${directory} has files in it and is no home of Peernet. Choose an empty or a new directory with --home DIR.`,
    );
  }
  const format = parseObject(text)?.["format"];
  if (typeof format !== "number" || !Number.isSafeInteger(format) || format < 1) {
    throw new AdapterError(
      "bad-config",
      `${path} is damaged. Nothing was changed. If this directory is a home of Peernet, write {"format": ${HOME_FORMAT}} into that file.`,
    );
  }
  if (format > HOME_FORMAT) {
    throw new AdapterError(
      "newer-format",
      `${directory} has format ${format}, this Peernet knows format ${HOME_FORMAT}. Nothing was changed: start the newer Peernet that wrote it.`,
    );
  }
  return format;
}

class NodeHome implements Home {
  readonly directory: string;
  readonly config: HomeConfig;
  isCopied: boolean;
  readonly #lock: HomeLock;
  #identity: StoredIdentity | undefined;

  constructor(
    directory: string,
    lock: HomeLock,
    config: HomeConfig,
    identity: StoredIdentity | undefined,
    isCopied: boolean,
  ) {
    this.directory = directory;
    this.isCopied = isCopied;
    this.#lock = lock;
    this.config = config;
    this.#identity = identity;
  }

  get identity(): StoredIdentity | undefined {
    return this.#identity;
  }

  get recordsDirectory(): string {
    return join(this.directory, "records");
  }

  get blocksDirectory(): string {
    return join(this.directory, "blocks");
  }

  get s3Directory(): string {
    return join(this.directory, "blocks-s3");
  }

  get logFile(): string {
    return join(this.directory, "peernet.log");
  }

  async writeIdentity(identity: StoredIdentity): Promise<void> {
    const path = join(this.directory, "identity.json");
    const text = identityText(identity);
    const checked = parseIdentity(text, path);
    if (this.#identity !== undefined && !areOneDevice(this.#identity, checked)) {
      throw new AdapterError(
        "bad-identity",
        `${this.directory} already belongs to other keys. Choose a new directory with --home DIR.`,
      );
    }
    await writeWhole(path, text);
    this.#identity = checked;
  }

  async writeSetting(setting: Readonly<Record<string, unknown>>): Promise<void> {
    const path = join(this.directory, "config.json");
    const text = (await readSmall(path)) ?? "{}";
    // What stands there may have been changed by hand meanwhile: it is read anew and checked.
    parseConfig(text, path);
    const changed = { ...parseObject(text), ...setting };
    const written = `${JSON.stringify(changed, undefined, 2)}\n`;
    parseConfig(written, path);
    await writeWhole(path, written);
  }

  get hasDamagedRecords(): boolean {
    return existsSync(damagedDirectoryOf(this.recordsDirectory));
  }

  async forgetPlace(): Promise<void> {
    await forgetPlace(this.directory);
    this.isCopied = true;
  }

  keepPlace(): Promise<void> {
    return keepPlace(this.directory);
  }

  async writeApiFile(api: { readonly url: string; readonly token: string }): Promise<void> {
    const { url, token } = api;
    await writeWhole(
      join(this.directory, "api.json"),
      `${JSON.stringify({ url, token, pid: process.pid })}\n`,
    );
  }

  async close(): Promise<void> {
    for (const name of TOKEN_FILES) await rm(join(this.directory, name), { force: true });
    await this.#lock.release();
  }
}

async function load(directory: string, lock: HomeLock): Promise<Home> {
  const format = await formatOf(directory);
  if (format === undefined) await chmod(directory, 0o700);
  // An older Peernet must not read what this one writes; what the older one wrote is read by all rooms.
  if (format !== HOME_FORMAT) {
    await writeWhole(join(directory, "home.json"), `${JSON.stringify({ format: HOME_FORMAT })}\n`);
  }
  // Left behind by a peer that was killed: we hold the lock, so nobody answers there.
  for (const name of TOKEN_FILES) await rm(join(directory, name), { force: true });
  const configPath = join(directory, "config.json");
  const configText = await readSmall(configPath);
  const config = configText === undefined ? {} : parseConfig(configText, configPath);
  const identityPath = join(directory, "identity.json");
  const identityText = await readSmall(identityPath);
  const identity =
    identityText === undefined ? undefined : parseIdentity(identityText, identityPath);
  return new NodeHome(directory, lock, config, identity, await isMoved(directory));
}

/**
 * Opens a home directory for this process alone; makes it where it is missing. Only its owner may
 * look into it. What is damaged or newer is left exactly as it is.
 * @throws AdapterError "home-in-use", "newer-format", "bad-config", "bad-identity" or "io"
 */
export async function openHome(directory: string): Promise<Home> {
  try {
    await makeFolder(directory);
    await formatOf(directory);
  } catch (error) {
    throw error instanceof AdapterError ? error : homeIoError("Opening", directory, error);
  }
  const lock = await takeLock(join(directory, "lock"));
  if (lock === undefined) throw await inUseError(directory);
  try {
    return await load(directory, lock);
  } catch (error) {
    await lock.release();
    throw error instanceof AdapterError ? error : homeIoError("Opening", directory, error);
  }
}
