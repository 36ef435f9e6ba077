import { equalBytes, fromHex, fromUtf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import type { LogNames } from "./node-record.ts";
import type { Version } from "./version.ts";
import { readVersions, writeVersions } from "./version-record.ts";

const VERSION = 1;
const LOG_ID_BYTES = 16;
const CHECK_BYTES = 8;

/** Hears of each path of a pack or run. */
export type TakePath = (name: string, live: readonly Version[], old: readonly Version[]) => void;

/** What must be known of a pack before anybody reads it. */
export interface PackTotals {
  /** Names right below the directory, those of which only something deeper is known included. */
  children: number;
  /** Paths that are remembered. */
  paths: number;
  live: number;
  old: number;
  files: number;
  sizeBytes: number;
  /** The greatest of the folder when this was written. */
  lamport: number;
  /** Wall time of the newest change in the directory. */
  changedAtMs: number;
  /** 1: it has versions in conflict or removed paths, which are looked at from the start; else 0. */
  isUrgent: number;
}

const TOTALS = [
  ...(["children", "paths", "live", "old", "files", "sizeBytes", "lamport"] as const),
  ...(["changedAtMs", "isUrgent"] as const),
];

/** Totals of nothing. */
export function noTotals(): PackTotals {
  const [children, paths, live, old, files] = [0, 0, 0, 0, 0];
  return {
    children,
    paths,
    live,
    old,
    files,
    sizeBytes: 0,
    lamport: 0,
    changedAtMs: 0,
    isUrgent: 0,
  };
}

/** Gathers what many paths hold; each log is named once. */
export class PathsWriter {
  /** With their places. A map: a hostile writer can name a new one with every part of a file. */
  readonly #logs = new Map<string, number>();
  readonly #body = new Writer(4_096);
  #count = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#body.length;
  }

  /** Adds what is remembered of a path; of nothing, that it is forgotten. */
  add(name: string, live: readonly Version[], old: readonly Version[]): void {
    this.#body.text(name);
    writeVersions(this.#body, live, this.#writeLog);
    writeVersions(this.#body, old, this.#writeLog);
    this.#count++;
  }

  /** Logs, number of paths, paths. */
  writeTo(writer: Writer): void {
    writer.varint(this.#logs.size);
    for (const log of this.#logs.keys())
      writer.bytes(must(fromHex(log), "a log id is hexadecimal"));
    writer.varint(this.#count).bytes(this.#body.done());
  }

  readonly #writeLog = (writer: Writer, log: string): void => {
    const at = this.#logs.get(log) ?? this.#logs.size;
    if (at === this.#logs.size) this.#logs.set(log, at);
    writer.varint(at);
  };
}

function readPaths(reader: Reader, names: LogNames, take: TakePath): void {
  const logs: string[] = [];
  for (let count = reader.varint(); count > 0; count--) {
    logs.push(names.of(reader.bytes(LOG_ID_BYTES)));
  }
  const readLog = (from: Reader): string => {
    const log = logs[from.varint()];
    if (log === undefined) throw new WireError("out-of-range", "A reference to no log.");
    return log;
  };
  for (let count = reader.varint(); count > 0; count--) {
    const name = fromUtf8(reader.bytes(reader.varint()));
    if (name === undefined) throw new WireError("out-of-range", "A path that is no text.");
    const live = readVersions(reader, readLog);
    take(name, live, readVersions(reader, readLog));
  }
  reader.end();
}

function checkVersion(format: number): void {
  if (format !== VERSION) throw new WireError("version", `Packed paths of format ${format}.`);
}

/** The record of what changed together. @param lamport the greatest so far */
export function encodeRun(lamport: number, paths: PathsWriter): Uint8Array {
  const writer = new Writer(paths.length + 64).u8(VERSION).varint(lamport);
  paths.writeTo(writer);
  return writer.done();
}

/**
 * Hands out the paths of such a record.
 * @returns the greatest lamport so far
 * @throws WireError where it is damaged
 */
export function decodeRun(bytes: Uint8Array, names: LogNames, take: TakePath): number {
  const reader = new Reader(bytes);
  checkVersion(reader.u8());
  const lamport = reader.varint();
  readPaths(reader, names, take);
  return lamport;
}

/** The record of many children of one directory. */
export function encodePack(suite: CryptoSuite, totals: PackTotals, paths: PathsWriter): Uint8Array {
  const writer = new Writer(paths.length + 160).u8(VERSION).bytes(new Uint8Array(CHECK_BYTES));
  for (const name of TOTALS) writer.varint(totals[name]);
  paths.writeTo(writer);
  const bytes = writer.done();
  bytes.set(checkOf(suite, bytes), 1);
  return bytes;
}

/** A pack that is whole and not yet read. */
export interface Pack {
  readonly totals: PackTotals;
  /** Hands out its paths. */
  read(take: TakePath): void;
}

/**
 * Opens the record of a pack without reading its paths, which may be done much later: so it has a
 * checksum. @throws WireError where it is damaged
 */
export function decodePack(suite: CryptoSuite, bytes: Uint8Array, names: LogNames): Pack {
  const reader = new Reader(bytes);
  checkVersion(reader.u8());
  if (!equalBytes(reader.bytes(CHECK_BYTES), checkOf(suite, bytes))) {
    throw new WireError("out-of-range", "A pack of paths is damaged.");
  }
  const totals = noTotals();
  for (const name of TOTALS) totals[name] = reader.varint();
  const rest = reader.rest();
  return { totals, read: (take) => readPaths(new Reader(rest), names, take) };
}

function checkOf(suite: CryptoSuite, bytes: Uint8Array): Uint8Array {
  return suite.sha256(bytes.subarray(1 + CHECK_BYTES)).subarray(0, CHECK_BYTES);
}
