import { equalBytes, toHex } from "../base/bytes.ts";
import { Reader, WireError } from "../wire/index.ts";
import type { Version } from "./version.ts";
import { readVersions } from "./version-record.ts";

const VERSION = 1;
const LOG_ID_BYTES = 16;

/** What is remembered of a path. */
export interface SavedPath {
  readonly live: readonly Version[];
  readonly old: readonly Version[];
}

/** The texts of log ids: a folder has few logs and very many versions that name them. */
export class LogNames {
  #last: { readonly bytes: Uint8Array; readonly text: string } | undefined;
  readonly #known = new Map<string, string>();

  /** The id as text, the same object each time. */
  of(bytes: Uint8Array): string {
    if (this.#last !== undefined && equalBytes(this.#last.bytes, bytes)) return this.#last.text;
    const fresh = toHex(bytes);
    const text = this.#known.get(fresh) ?? fresh;
    this.#known.set(text, text);
    this.#last = { bytes: bytes.slice(), text };
    return text;
  }
}

/**
 * What the record of one path says. Earlier versions of Peernet kept one for each path; they are
 * read and replaced by packs. @throws WireError where the record is damaged
 */
export function decodeNode(bytes: Uint8Array, names: LogNames): SavedPath {
  const reader = new Reader(bytes);
  const format = reader.u8();
  if (format !== VERSION) throw new WireError("version", `A path record of format ${format}.`);
  const readLog = (from: Reader): string => names.of(from.bytes(LOG_ID_BYTES));
  const live = readVersions(reader, readLog);
  const old = readVersions(reader, readLog);
  reader.end();
  return { live, old };
}
