import { fromUtf8, utf8 } from "../../base/bytes.ts";
import type { RecordStore } from "../../ports/index.ts";
import * as schema from "../../wire/schema.ts";
import { LAN_BROWSERS_MAX } from "../limits.ts";
import type { KeptBrowser } from "./browsers.ts";

/** What is kept of the door to the local network. */
export interface KeptLan {
  readonly isOpen: boolean;
  readonly port: number;
  readonly key: string;
  readonly certificate: string;
  readonly certificateEndsAtMs: number;
  readonly browsers: readonly KeptBrowser[];
}

/** Where it was never opened. */
export const NO_LAN: KeptLan = {
  ...{ isOpen: false, port: 0, key: "", certificate: "", certificateEndsAtMs: 0, browsers: [] },
};

const KEY = "lan-door";
const PEM_BYTES_MAX = 4_096;
const TEXT_BYTES_MAX = 256;

const time = schema.integer(0, Number.MAX_SAFE_INTEGER);
const keptSchema = schema.record({
  v: schema.literal(1),
  isOpen: schema.boolean,
  port: schema.integer(0, 65_535),
  key: schema.text(PEM_BYTES_MAX),
  certificate: schema.text(PEM_BYTES_MAX),
  certificateEndsAtMs: time,
  browsers: schema.list(
    schema.record({
      id: schema.text(TEXT_BYTES_MAX),
      name: schema.text(TEXT_BYTES_MAX),
      hash: schema.text(TEXT_BYTES_MAX),
      isHere: schema.boolean,
      addedAtMs: time,
      seenAtMs: time,
    }),
    LAN_BROWSERS_MAX,
  ),
});

/**
 * Reads what is kept.
 * @returns undefined where a newer Peernet wrote it or it is damaged: it then stays as it is
 * @throws DiskError
 */
export function readLan(records: RecordStore): Promise<KeptLan | undefined> {
  return new Promise((resolve, reject) => {
    records.scan(KEY, (error, found) => {
      if (error !== null) reject(error);
      else resolve(decode(found.find(({ key }) => key === KEY)?.value));
    });
  });
}

function decode(value: Uint8Array | undefined): KeptLan | undefined {
  if (value === undefined) return NO_LAN;
  try {
    const { v: _version, ...kept } = keptSchema(JSON.parse(fromUtf8(value) ?? ""), "lan-door");
    return kept;
  } catch {
    return undefined;
  }
}

/** Keeps it. @throws DiskError */
export function writeLan(records: RecordStore, kept: KeptLan): Promise<void> {
  const value = utf8(JSON.stringify({ v: 1, ...kept }));
  return new Promise((resolve, reject) => {
    records.write([{ key: KEY, value }], (error) => (error === null ? resolve() : reject(error)));
  });
}
