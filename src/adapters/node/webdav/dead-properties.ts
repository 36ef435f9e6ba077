import { fromUtf8, utf8 } from "../../../base/bytes.ts";
import type { RecordStore, RecordWrite } from "../../../ports/index.ts";
import { DavError } from "./errors.ts";
import {
  DEAD_PROPERTIES_BYTES_MAX,
  DEAD_PROPERTIES_MAX,
  DEAD_PROPERTY_BYTES_MAX,
} from "./limits.ts";
import { isWithin, movedPath } from "./paths.ts";

/** A property that a client gave to a file or folder (RFC 4918 section 4). */
export interface DeadProperty {
  readonly namespace: string;
  readonly name: string;
  /** The whole element, able to stand by itself. */
  readonly xml: string;
}

/** A step of a PROPPATCH: `xml` undefined removes the property. */
export interface PropertyChange {
  readonly namespace: string;
  readonly name: string;
  readonly xml: string | undefined;
}

type Properties = readonly DeadProperty[];

/** Version of the records. */
const FORMAT = 1;

/** Dead properties of one mount by path. They stay on this machine. */
export class DeadProperties {
  readonly #records: RecordStore | undefined;
  readonly #prefix: string;
  readonly #byPath = new Map<string, Properties>();
  #sizeBytes = 0;

  private constructor(records: RecordStore | undefined, prefix: string) {
    this.#records = records;
    this.#prefix = prefix;
  }

  /**
   * Loads what is kept under `webdav/<id>/`; without a record store nothing outlives the process.
   * @throws DiskError
   */
  static open(records: RecordStore | undefined, id: string): Promise<DeadProperties> {
    const properties = new DeadProperties(records, `webdav/${id}/`);
    if (records === undefined) return Promise.resolve(properties);
    return new Promise((resolve, reject) => {
      records.scan(properties.#prefix, (error, found) => {
        if (error !== null) return reject(error);
        for (const { key, value } of found) {
          const read = decode(value);
          if (read !== undefined) properties.#put(key.slice(properties.#prefix.length), read);
        }
        resolve(properties);
      });
    });
  }

  /** Properties of a path, in the order in which they came. */
  of(path: string): Properties {
    return this.#byPath.get(path) ?? [];
  }

  /**
   * Makes all changes, or none.
   * @throws DavError("full"), DiskError
   */
  async change(path: string, changes: readonly PropertyChange[]): Promise<void> {
    const next = new Map(this.of(path).map((one) => [keyOf(one), one]));
    for (const { namespace, name, xml } of changes) {
      if (xml === undefined) next.delete(keyOf({ namespace, name }));
      else next.set(keyOf({ namespace, name }), { namespace, name, xml });
    }
    const properties = [...next.values()];
    const sizeBytes = sizeOf(properties);
    if (next.size > DEAD_PROPERTIES_MAX || sizeBytes > DEAD_PROPERTY_BYTES_MAX) {
      throw new DavError(
        "full",
        `A file has at most ${DEAD_PROPERTIES_MAX} properties of ${DEAD_PROPERTY_BYTES_MAX} bytes.`,
      );
    }
    await this.#keep(new Map([[path, properties]]));
  }

  /** Forgets a path and everything in it. @throws DiskError */
  async remove(path: string): Promise<void> {
    await this.#keep(new Map(this.#within(path).map(([at]) => [at, []])));
  }

  /** A path and everything in it has become another. @throws DiskError */
  async move(from: string, to: string): Promise<void> {
    const moved = this.#within(from);
    const next = new Map<string, Properties>(this.#within(to).map(([at]) => [at, []]));
    for (const [at] of moved) next.set(at, []);
    for (const [at, properties] of moved) next.set(movedPath(at, from, to), properties);
    await this.#keep(next);
  }

  /** A path was copied, with everything in it where `isDeep`. @throws DavError("full"), DiskError */
  async copy(from: string, to: string, isDeep: boolean): Promise<void> {
    const copied = this.#within(from).filter(([at]) => isDeep || at === from);
    const next = new Map<string, Properties>(this.#within(to).map(([at]) => [at, []]));
    for (const [at, properties] of copied) next.set(movedPath(at, from, to), properties);
    await this.#keep(next);
  }

  #within(path: string): readonly (readonly [string, Properties])[] {
    return [...this.#byPath].filter(([at]) => isWithin(at, path));
  }

  #put(path: string, properties: Properties): void {
    this.#sizeBytes += sizeOf(properties) - sizeOf(this.of(path));
    if (properties.length === 0) this.#byPath.delete(path);
    else this.#byPath.set(path, properties);
  }

  async #keep(next: ReadonlyMap<string, Properties>): Promise<void> {
    if (next.size === 0) return;
    let growth = 0;
    for (const [path, properties] of next) growth += sizeOf(properties) - sizeOf(this.of(path));
    if (growth > 0 && this.#sizeBytes + growth > DEAD_PROPERTIES_BYTES_MAX) {
      const words = `Programs have given ${DEAD_PROPERTIES_BYTES_MAX} bytes of properties to files here.`;
      throw new DavError("full", words);
    }
    const before = new Map([...next.keys()].map((path) => [path, this.of(path)]));
    for (const [path, properties] of next) this.#put(path, properties);
    try {
      await this.#write(next);
    } catch (error) {
      for (const [path, properties] of before) this.#put(path, properties);
      throw error;
    }
  }

  #write(next: ReadonlyMap<string, Properties>): Promise<void> {
    const batch: RecordWrite[] = [...next].map(([path, properties]) => ({
      key: `${this.#prefix}${path}`,
      value: properties.length === 0 ? null : encode(properties),
    }));
    return new Promise((resolve, reject) => {
      if (this.#records === undefined) return resolve();
      this.#records.write(batch, (error) => (error === null ? resolve() : reject(error)));
    });
  }
}

function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}\n${name}`;
}

function sizeOf(properties: Properties): number {
  return properties.reduce(
    (sum, { namespace, name, xml }) => sum + utf8(namespace + name + xml).length,
    0,
  );
}

function encode(properties: Properties): Uint8Array {
  const rows = properties.map(({ namespace, name, xml }) => [namespace, name, xml]);
  return utf8(JSON.stringify([FORMAT, ...rows]));
}

/** Undefined where a record is damaged or of a newer format: such properties are not shown. */
function decode(value: Uint8Array): Properties | undefined {
  try {
    const [format, ...rows] = JSON.parse(fromUtf8(value) ?? "") as [number, ...string[][]];
    if (format !== FORMAT) return undefined;
    return rows.map(([namespace = "", name = "", xml = ""]) => ({ namespace, name, xml }));
  } catch {
    return undefined;
  }
}
