import { TypedError } from "../base/errors.ts";
import { peerIdFromBytes, peerIdToBytes } from "../identity/index.ts";
import type { KnownPlace } from "../link/index.ts";
import { limits } from "../link/index.ts";
import type { DiskError, Log, RecordStore } from "../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import type { Loadable } from "./loading.ts";

const KEY = "peer/places";
const ID_BYTES = 16;

const TABLE = schema.record({
  v: schema.integer(1, 1),
  p: schema.list(
    schema.record({
      i: schema.bytes(ID_BYTES),
      e: schema.text(limits.ENDPOINT_CHARACTERS_MAX),
      t: schema.integer(0, Number.MAX_SAFE_INTEGER),
    }),
    limits.PLACES_MAX,
  ),
});

/** The stored form of the table, version 1. */
export function encodePlaces(places: readonly KnownPlace[]): Uint8Array {
  const p = places.map(({ id, endpoint: e, atMs: t }) => ({ i: peerIdToBytes(id), e, t }));
  return encodeCbor({ v: 1, p });
}

/** Reads it; of what is damaged or of another version nothing is known: it only saves time. */
export function decodePlaces(bytes: Uint8Array): readonly KnownPlace[] {
  try {
    const { p } = TABLE(decodeCbor(bytes), KEY);
    return p.map(({ i, e, t }) => ({ id: peerIdFromBytes(i), endpoint: e, atMs: t }));
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    return [];
  }
}

/** Keeps in the records where neighbours were, for the next start. */
export class PlacesKeeper implements Loadable {
  readonly #records: RecordStore;
  readonly #log: Log;
  readonly #recall: (places: readonly KnownPlace[]) => void;

  /** @param recall where what was kept goes, before the links start */
  constructor(records: RecordStore, log: Log, recall: (places: readonly KnownPlace[]) => void) {
    this.#records = records;
    this.#log = log;
    this.#recall = recall;
  }

  load(done: (error: DiskError | null) => void): void {
    this.#records.scan(KEY, (error, found) => {
      const value = found?.find(({ key }) => key === KEY)?.value;
      if (error === null && value !== undefined) this.#recall(decodePlaces(value));
      done(error);
    });
  }

  /** Keeps the table; an empty one leaves nothing behind. */
  keep(places: readonly KnownPlace[]): void {
    const value = places.length === 0 ? null : encodePlaces(places);
    this.#records.write([{ key: KEY, value }], (error) => {
      if (error !== null) this.#log.warn("places of neighbours not kept", { code: error.code });
    });
  }
}
