import { randomBytes } from "node:crypto";
import { fromUtf8, utf8 } from "../../../base/bytes.ts";
import { TypedError } from "../../../base/errors.ts";
import type { FileTree } from "../../../ports/file-tree.ts";
import type { Log, RecordStore } from "../../../ports/index.ts";
import { errorText } from "../errors.ts";
import { DeadProperties } from "./dead-properties.ts";
import { DavError } from "./errors.ts";
import { MOUNTS_MAX } from "./limits.ts";
import { type DavServer, startDavServer } from "./server.ts";

/** A folder that can be mounted. */
export interface MountableFolder {
  /** Letters and digits; stays the same. */
  readonly id: string;
  readonly name: string;
  readonly tree: FileTree;
}

/** A folder under an address of this machine. */
export interface MountInfo {
  readonly folderId: string;
  readonly name: string;
  readonly port: number;
  /** Address with the token. */
  readonly url: string;
  /** The same without it: programs there give the token as password. */
  readonly passwordUrl: string;
  readonly token: string;
  readonly isOpen: boolean;
  /** Why it is not open; empty otherwise. */
  readonly trouble: string;
}

/** What mounts stand on. */
export interface MountsOptions {
  readonly records: RecordStore;
  readonly log: Log;
  readonly poke: () => void;
  /**
   * The folder of that id or name.
   * @throws TypedError where there is none, or several
   */
  readonly find: (folder: string) => MountableFolder;
}

/** What is kept of a mount, so that its address is the same after a restart. */
interface Kept {
  readonly port: number;
  readonly token: string;
}

interface Mounted extends Kept {
  readonly folder: MountableFolder;
  readonly server: DavServer | undefined;
  readonly trouble: string;
}

const PREFIX = "webdav-mount/";
/** Version of the records. */
const FORMAT = 1;
const TOKEN_BYTES = 24;

/** The folders that this machine's programs see as WebDAV, also after a restart. */
export class Mounts {
  readonly #options: MountsOptions;
  readonly #byId = new Map<string, Mounted>();
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: MountsOptions) {
    this.#options = options;
  }

  /**
   * Opens what was mounted before. A mount that cannot be opened says why in `list`.
   * @throws DiskError
   */
  static async open(options: MountsOptions): Promise<Mounts> {
    const mounts = new Mounts(options);
    for (const [id, kept] of await mounts.#load()) await mounts.#restore(id, kept);
    return mounts;
  }

  /** All mounts, in the order in which they were made. */
  list(): readonly MountInfo[] {
    return [...this.#byId.values()].map(infoOf);
  }

  /**
   * Mounts a folder; one that is mounted already stays as it is, unless it is to have another port.
   * @param folder id or name
   * @param port 0 for any free one, or the one it has
   * @throws AdapterError, DavError, DiskError, and what `find` throws
   */
  mount(folder: string, port: number): Promise<MountInfo> {
    return this.#inTurn(async () => {
      const found = this.#options.find(folder);
      const before = this.#byId.get(found.id);
      if (before?.server !== undefined && (port === 0 || port === before.port))
        return infoOf(before);
      if (before === undefined && this.#byId.size >= MOUNTS_MAX) {
        throw new DavError(
          "unavailable",
          `${MOUNTS_MAX} folders are mounted already. Unmount one.`,
        );
      }
      const token = before?.token ?? randomBytes(TOKEN_BYTES).toString("base64url");
      const server = await this.#serve(found, { port, token });
      try {
        await this.#keep(found.id, { port: server.port, token });
      } catch (error) {
        await server.close();
        throw error;
      }
      const mounted = { folder: found, port: server.port, token, server, trouble: "" };
      this.#byId.set(found.id, mounted);
      await before?.server?.close();
      return infoOf(mounted);
    });
  }

  /**
   * Ends a mount; programs that have files open there see their connections close.
   * @param folder id or name
   * @throws DavError("not-found"), DiskError
   */
  unmount(folder: string): Promise<void> {
    return this.#inTurn(async () => {
      const isMeant = ({ folder: { id, name } }: Mounted) => id === folder || name === folder;
      const [mounted, ...others] = [...this.#byId.values()].filter(isMeant);
      if (mounted === undefined || others.length > 0) {
        const words = "is mounted under that name. 'peernet mount --list' shows what is.";
        throw new DavError(
          "not-found",
          `${others.length > 0 ? "More than one" : "No"} folder ${words}`,
        );
      }
      await this.#keep(mounted.folder.id, undefined);
      this.#byId.delete(mounted.folder.id);
      await mounted.server?.close();
    });
  }

  /** Closes all ports; the mounts are there again at the next start. */
  async close(): Promise<void> {
    await this.#last;
    await Promise.all([...this.#byId.values()].map(({ server }) => server?.close()));
    this.#byId.clear();
  }

  async #restore(id: string, kept: Kept): Promise<void> {
    let folder: MountableFolder;
    try {
      folder = this.#options.find(id);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      await this.#forget(id);
      return;
    }
    const opened = await this.#serve(folder, kept).catch((error: unknown) => errorText(error));
    const isOpen = typeof opened !== "string";
    if (!isOpen) this.#options.log.warn("mount not opened", { port: kept.port, why: opened });
    this.#byId.set(id, {
      ...kept,
      folder,
      server: isOpen ? opened : undefined,
      trouble: isOpen ? "" : opened,
    });
  }

  /** The folder is gone, and with it what programs said about its files. */
  async #forget(id: string): Promise<void> {
    await (await DeadProperties.open(this.#options.records, id)).remove("");
    await this.#keep(id, undefined);
  }

  #serve(folder: MountableFolder, { port, token }: Kept): Promise<DavServer> {
    const { records, log, poke } = this.#options;
    const { id, name, tree } = folder;
    return startDavServer({ tree, name, token, port, records, id, poke, log });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  #load(): Promise<readonly (readonly [id: string, kept: Kept])[]> {
    return new Promise((resolve, reject) => {
      this.#options.records.scan(PREFIX, (error, found) => {
        if (error !== null) return reject(error);
        resolve(
          found.flatMap(({ key, value }) => {
            const kept = decode(value);
            return kept === undefined ? [] : [[key.slice(PREFIX.length), kept] as const];
          }),
        );
      });
    });
  }

  #keep(id: string, kept: Kept | undefined): Promise<void> {
    const value = kept === undefined ? null : utf8(JSON.stringify([FORMAT, kept.port, kept.token]));
    return new Promise((resolve, reject) => {
      this.#options.records.write([{ key: `${PREFIX}${id}`, value }], (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  }
}

function infoOf({ folder, port, token, server, trouble }: Mounted): MountInfo {
  const base = `http://127.0.0.1:${port}`;
  return {
    folderId: folder.id,
    name: folder.name,
    ...{ port, token, trouble, isOpen: server !== undefined },
    ...{ url: `${base}/${token}/`, passwordUrl: `${base}/dav/` },
  };
}

function decode(value: Uint8Array): Kept | undefined {
  try {
    const [format, port, token] = JSON.parse(fromUtf8(value) ?? "") as [number, number, string];
    return format === FORMAT && port > 0 && token !== "" ? { port, token } : undefined;
  } catch {
    return undefined;
  }
}
