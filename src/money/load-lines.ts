import { attempt } from "../base/attempt.ts";
import { DiskError, type RecordWrite, type Scanned, scanAll } from "../ports/index.ts";
import { coreOptions } from "./core-options.ts";
import { type Currency, readCurrency } from "./currency/definition.ts";
import { MoneyError } from "./errors.ts";
import { decodeSnapshot, LineCore } from "./line/index.ts";
import type { CurrencyId, LineId } from "./line-desk.ts";
import { LineEntry } from "./line-entry.ts";
import {
  accountKey,
  decodeAccount,
  decodeCount,
  decodeKept,
  decodeLine,
  encodeLine,
  type KeptBatch,
  LINES,
  type LineRecord,
  LOGS,
  LOOSE,
  lineKey,
  logKey,
  logPrefix,
  TOLD,
  toldKey,
} from "./line-record.ts";
import type { LinesOptions } from "./options.ts";
import { salvageLine } from "./salvage.ts";

/** Beginning of the keys of currencies' definitions. */
export const CURRENCIES = "money/currency/";

/** Batches of the partner of which payments were not told before the last end. */
export interface Untold {
  readonly line: LineEntry;
  readonly batches: readonly KeptBatch[];
}

/** What was on disk. */
export interface Loaded {
  readonly currencies: readonly Currency[];
  readonly lines: readonly LineEntry[];
  readonly untold: readonly Untold[];
  /** Batches of ours on lines of which too little is left: their partners bring them back. */
  readonly orphans: ReadonlyMap<LineId, readonly Uint8Array[]>;
}

type Done<T> = (error: DiskError | null, value: T | undefined) => void;

/** Reads all currencies and lines, one after another. */
export function loadLines(options: LinesOptions, done: Done<Loaded>): void {
  const { records, salvages = false } = options;
  // All logs are read only where it has to be known which are nobody's.
  const prefixes = [CURRENCIES, LINES, TOLD, LOOSE, ...(salvages ? [LOGS] : [])];
  scanAll(records, prefixes, (error, found) => {
    if (error !== null) {
      done(error, undefined);
      return;
    }
    const loading = guarded(DAMAGED, () => begin(options, found));
    if (loading instanceof DiskError) done(loading, undefined);
    else loadNext(options, loading, done);
  });
}

interface Loading {
  readonly byId: Map<CurrencyId, Currency>;
  /** Lines still to be read, and what is kept of each besides its batches, where that can be read. */
  readonly ids: LineId[];
  readonly records: ReadonlyMap<LineId, LineRecord>;
  readonly loose: Map<LineId, Uint8Array[]>;
  readonly lines: LineEntry[];
  readonly untold: Untold[];
  /** What the disk must have before the start goes on. */
  readonly due: RecordWrite[];
  isMended: boolean;
}

/** @throws TypedError where something is damaged and may not be salvaged */
function begin(
  options: LinesOptions,
  [definitions = [], found = [], told = [], loose = [], logs = []]: readonly Scanned[],
): Loading {
  const { suite, salvages = false, onMended, log } = options;
  const byId = new Map<CurrencyId, Currency>();
  const records = new Map<LineId, LineRecord>();
  const due: RecordWrite[] = [];
  for (const { key, value } of definitions) {
    const currency = readable(salvages, () => readCurrency(suite, value));
    if (currency !== undefined) byId.set(currency.id, currency);
    else {
      const id = key.slice(CURRENCIES.length);
      due.push({ key, value: null });
      log.warn("a currency was damaged and is left out", { id });
      onMended?.({ t: "currency", id });
    }
  }
  const ids = new Set<LineId>();
  for (const { key, value } of found) {
    const id = key.slice(LINES.length);
    const record = readable(salvages, () => decodeLine(id, value));
    if (record !== undefined) records.set(id, record);
    ids.add(id);
  }
  const setAside = new Map<LineId, Uint8Array[]>();
  for (const { key, value } of loose) {
    const id = key.slice(LOOSE.length, key.lastIndexOf("/"));
    setAside.set(id, [...(setAside.get(id) ?? []), value]);
  }
  for (const { key } of told) ids.add(key.slice(TOLD.length));
  for (const { key } of logs) ids.add(key.slice(LOGS.length, key.indexOf("/", LOGS.length)));
  const rest = { lines: [], untold: [], due, isMended: due.length > 0 };
  return { byId, ids: [...ids], records, loose: setAside, ...rest };
}

/** Undefined where it is damaged and the start goes on without it. @throws TypedError where it may not */
function readable<T>(salvages: boolean, read: () => T): T | undefined {
  const { value, refusal } = attempt(read);
  if (refusal !== undefined && !salvages) throw refusal;
  return value;
}

function loadNext(options: LinesOptions, loading: Loading, done: Done<Loaded>): void {
  const { byId, ids, records, lines, untold } = loading;
  const id = ids.shift();
  if (id === undefined) {
    finish(options, loading, done);
    return;
  }
  const record = records.get(id);
  const currency = record && byId.get(record.currency);
  const failed = (error: DiskError): void => {
    if (error.code !== "corrupt" || options.salvages !== true) done(error, undefined);
    else salvage(options, loading, id, done);
  };
  if (record === undefined || currency === undefined) {
    failed(new DiskError("corrupt", brokenWords(options, record, currency)));
    return;
  }
  loadLine(options, record, currency, (error, found) => {
    if (error !== null || found === undefined) {
      failed(error ?? new DiskError("io", "A line was not read."));
      return;
    }
    found.line.loose = loading.loose.get(id) ?? [];
    loading.loose.delete(id);
    lines.push(found.line);
    if (found.untold.length > 0) untold.push({ line: found.line, batches: found.untold });
    loadNext(options, loading, done);
  });
}

/** Goes on with the part of a line that is whole. */
function salvage(options: LinesOptions, loading: Loading, id: LineId, done: Done<Loaded>): void {
  const prefixes = [logPrefix(id), toldKey(id), accountKey(id)];
  scanAll(options.records, prefixes, (error, [log = [], told = [], account = []]) => {
    if (error !== null) {
      done(error, undefined);
      return;
    }
    const { byId, records, loose, lines, untold, due } = loading;
    const record = records.get(id);
    const currency = record && byId.get(record.currency);
    const [kept, counted] = [account[0]?.value, told[0]?.value];
    const wreck = { id, record, currency, log, loose: loose.get(id) ?? [] };
    const found = salvageLine(options, { ...wreck, account: kept, told: counted });
    loading.isMended = true;
    due.push(...found.writes);
    loose.delete(id);
    if (found.line === undefined) loose.set(id, [...found.loose]);
    else {
      lines.push(found.line);
      if (found.untold.length > 0) untold.push({ line: found.line, batches: found.untold });
    }
    options.log.warn("a line was salvaged", { line: id, kept: found.loss.kept });
    options.onMended?.(found.loss);
    loadNext(options, loading, done);
  });
}

/** What was lost in one place may have been lost in others too, and leave no trace where it was the newest. */
function finish(options: LinesOptions, loading: Loading, done: Done<Loaded>): void {
  const { byId, lines, untold, loose, due } = loading;
  for (const line of options.isCopied || loading.isMended ? lines : []) {
    line.record = { ...line.record, isUnsure: true };
    due.push({ key: lineKey(line.id), value: encodeLine(line.record) });
  }
  const loaded = { currencies: [...byId.values()], lines, untold, orphans: loose };
  if (due.length === 0) done(null, loaded);
  else options.records.write(due, (error) => done(error, error === null ? loaded : undefined));
}

/** Reads one line: what it said at the beginning of the epoch, and all batches since. */
export function loadLine(
  options: LinesOptions,
  record: LineRecord,
  currency: Currency,
  done: Done<{ readonly line: LineEntry; readonly untold: readonly KeptBatch[] }>,
): void {
  const { id, epoch } = record;
  const prefixes = [logPrefix(id, epoch), logPrefix(id, epoch + 1), toldKey(id), accountKey(id)];
  // Payments may not have been told yet of the last batches before the epoch.
  if (epoch > 0) prefixes.push(logPrefix(id, epoch - 1));
  scanAll(
    options.records,
    prefixes,
    (error, [kept = [], after = [], counted = [], accounts = [], before = []]) => {
      if (error !== null) {
        done(error, undefined);
        return;
      }
      const found = guarded(brokenWords(options, record, currency), () => {
        if (after.length > 0 || kept.some(({ key }, at) => key !== logKey(id, epoch, at))) {
          throw new MoneyError("gap", "Records of batches are missing.");
        }
        const batches = kept.map(({ value }) => decodeKept(value));
        const line = rebuild(options, record, currency, batches, decodeCount(counted[0]?.value));
        if (accounts[0] !== undefined) line.account = decodeAccount(accounts[0].value);
        const isUntold = ({ isOurs, batch }: KeptBatch): boolean =>
          !isOurs && batch.number > line.told;
        const isBehind = line.told < line.core.theirs.count;
        const older = isBehind ? before.map(({ value }) => decodeKept(value)) : [];
        return { line, untold: [...older, ...batches].filter(isUntold) };
      });
      if (found instanceof DiskError) done(found, undefined);
      else done(null, found);
    },
  );
}

/** Reads a line again after a failure; undefined where it never came to disk. */
export function reloadLine(options: LinesOptions, line: LineEntry, done: Done<LineEntry>): void {
  options.records.scan(lineKey(line.id), (error, [kept]) => {
    if (error !== null || kept === undefined) {
      done(error, undefined);
      return;
    }
    const record = guarded(DAMAGED, () => decodeLine(line.id, kept.value));
    if (record instanceof DiskError) {
      done(record, undefined);
      return;
    }
    loadLine(options, record, line.currency, (failure, found) => done(failure, found?.line));
  });
}

/** @throws TypedError where batches are damaged or missing */
function rebuild(
  options: LinesOptions,
  record: LineRecord,
  currency: Currency,
  batches: readonly KeptBatch[],
  told: number,
): LineEntry {
  const { suite, identity } = options;
  const parts = coreOptions(options, record.partner, record.currency);
  const { snapshot } = record;
  const at = snapshot.length === 0 ? undefined : decodeSnapshot(suite, snapshot, parts.side);
  const core = new LineCore(parts, at);
  for (const { isOurs, batch } of batches) {
    const [own, other] = isOurs ? [core.ours, core.theirs] : [core.theirs, core.ours];
    if (batch.number !== own.count + 1 || batch.seen > other.count) {
      throw new MoneyError("gap", "Batches are missing.");
    }
    if (isOurs) core.replayOwn(batch);
    else core.replay(batch);
  }
  if (told > core.theirs.count) throw new MoneyError("gap", "The newest batches are missing.");
  const ourKey = identity.signKey.publicKey;
  return new LineEntry(record, { core, currency, ourKey }, { index: batches.length, told });
}

/** Key of a definition. */
export function currencyKey(id: CurrencyId): string {
  return CURRENCIES + id;
}

function guarded<T>(words: string, read: () => T): T | DiskError {
  const { value, refusal } = attempt(read);
  return refusal === undefined ? value : new DiskError("corrupt", words, { cause: refusal });
}

const NEXT =
  "Nothing was changed. If you have a copy of the whole home directory, put it back. Without one, 'peernet up --salvage' goes on with the part that is whole; your partners bring back the rest, and nothing is signed on a line before its partner has told how far it was.";
const DAMAGED: string = `What is kept of currencies and lines is damaged. ${NEXT}`;

function brokenWords(
  { people }: Pick<LinesOptions, "people">,
  record: LineRecord | undefined,
  currency: Currency | undefined,
): string {
  const partner = record && people.nameOf(record.partner);
  const whom = partner === undefined ? "a line" : `the line with '${partner}'`;
  const what = currency === undefined ? "" : ` in '${currency.name}'`;
  const missing =
    record !== undefined && currency === undefined
      ? "the definition of its currency"
      : "parts of it";
  return `What is kept of ${whom}${what} is damaged, or ${missing} are missing. ${NEXT}`;
}
