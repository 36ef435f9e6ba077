import type { DiskError, RecordStore, RecordWrite } from "../../ports/index.ts";
import { explain } from "../disk.ts";
import type { MoneyError } from "../errors.ts";

const ROOT = "money/community/";
const WIDTH = 8;

/** Where one community's records are. */
export const keys = {
  /** That it is here, and how this device stands to it. */
  head: (id: string): string => `${ROOT}${id}/head`,
  fact: (id: string, place: number): string =>
    `${ROOT}${id}/fact/${String(place).padStart(WIDTH, "0")}`,
  /** This device's last order. */
  own: (id: string): string => `${ROOT}${id}/own`,
  /** What this steward has signed last for an account. */
  last: (id: string, account: string): string => `${ROOT}${id}/last/${account}`,
  /** Entries that this steward has signed besides others. */
  late: (id: string, entry: string): string => `${ROOT}${id}/late/${entry}`,
  proposal: (id: string, matter: string): string => `${ROOT}${id}/proposal/${matter}`,
  slip: (id: string, entry: string): string => `${ROOT}${id}/slip/${entry}`,
  listing: (id: string, listing: string): string => `${ROOT}${id}/listing/${listing}`,
  /** All but this was lost of a community: once it is here again, this device has to catch up. */
  rest: (id: string): string => `${ROOT}${id}/rest`,
} as const;

/** Kinds of records in the order in which they are taken back. */
export const LOAD_ORDER = [
  "head",
  "fact",
  "slip",
  "own",
  "last",
  "late",
  "proposal",
  "listing",
] as const;

/** Key of a record, by its kind and its name within it. */
export function recordKey(id: string, kind: string, name: string): string {
  return `${ROOT}${id}/${kind}${name === "" ? "" : `/${name}`}`;
}

/** What is kept of one community, by kind: names and records, in order. */
export type Kinds = ReadonlyMap<string, readonly (readonly [string, Uint8Array])[]>;

/** Everything of communities on a disk, by community and kind. */
export type Shelved = ReadonlyMap<string, Kinds>;

/** Reads all records of communities. */
export function readShelf(
  records: RecordStore,
  done: (error: DiskError | null, shelved: Shelved) => void,
): void {
  records.scan(ROOT, (error, found) => {
    const shelved = new Map<string, Map<string, (readonly [string, Uint8Array])[]>>();
    for (const { key, value } of error === null ? found : []) {
      const [id = "", kind = "", name = ""] = key.slice(ROOT.length).split("/");
      const kinds = shelved.get(id) ?? new Map<string, (readonly [string, Uint8Array])[]>();
      shelved.set(id, kinds);
      const list = kinds.get(kind);
      if (list === undefined) kinds.set(kind, [[name, value]]);
      else list.push([name, value]);
    }
    done(error, shelved);
  });
}

/** Brings records to disk, one batch at a time: what comes while the disk is busy goes with the next one. */
export class Shelf {
  readonly #records: RecordStore;
  /** How many facts are kept: the place of the next one. */
  places = 0;
  #waiting: (RecordWrite | { readonly factOf: string; readonly value: Uint8Array })[] = [];
  #then: ((error: MoneyError | null) => void)[] = [];
  #isBusy = false;

  constructor(records: RecordStore) {
    this.#records = records;
  }

  /** Writes a record, or deletes it; `done` comes once it survives a crash. */
  put(
    key: string,
    value: Uint8Array | null,
    done: (error: MoneyError | null) => void = () => undefined,
  ): void {
    this.#waiting.push({ key, value });
    this.#then.push(done);
    this.#work();
  }

  /** Writes a fact after all others; where the disk does not take it, the next one has its place. */
  putFact(id: string, value: Uint8Array, done: (error: MoneyError | null) => void): void {
    this.#waiting.push({ factOf: id, value });
    this.#then.push(done);
    this.#work();
  }

  #work(): void {
    if (this.#isBusy || this.#waiting.length === 0) return;
    const before = this.places;
    const batch = this.#waiting.map((one) =>
      "key" in one ? one : { key: keys.fact(one.factOf, this.places++), value: one.value },
    );
    const then = this.#then;
    this.#waiting = [];
    this.#then = [];
    this.#isBusy = true;
    this.#records.write(batch, (error) => {
      this.#isBusy = false;
      if (error !== null) this.places = before;
      const words = error === null ? null : explain(error);
      for (const done of then) done(words);
      this.#work();
    });
  }
}
