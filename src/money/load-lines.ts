import { TypedError } from "../base/errors.ts";
import { peerIdOf, personOfProof } from "../identity/index.ts";
import { DiskError } from "../ports/index.ts";
import { CborArrayReader, CborArrayWriter } from "../wire/index.ts";
import { type Currency, readCurrency } from "./currency/definition.ts";
import {
  decodeSnapshot,
  LineCore,
  type LineCoreOptions,
  lineTerms,
  type SignedStatement,
  sideOf,
} from "./line/index.ts";
import type { CurrencyId, LineId } from "./line-desk.ts";
import { LineEntry } from "./line-entry.ts";
import {
  ACCOUNTS,
  decodeCount,
  decodeKept,
  decodeLine,
  type KeptBatch,
  LINES,
  type LineRecord,
  lineKey,
  logPrefix,
  toldKey,
} from "./line-record.ts";
import type { LinesOptions } from "./options.ts";

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
}

type Done<T> = (error: DiskError | null, value: T | undefined) => void;

/** What a line's machine is made of on this device. */
export function coreOptions(
  options: Pick<LinesOptions, "suite" | "identity" | "people">,
  partner: string,
  currency: CurrencyId,
): LineCoreOptions {
  const { suite, identity, people } = options;
  const own = identity.person.personId;
  const terms = lineTerms(suite, own, partner, currency);
  return {
    ...{ suite, terms, side: sideOf(terms, own) },
    personOf: (key, proof) => {
      const person = personOfProof(suite, key, proof);
      if (person === undefined || person === own) return person;
      return people.stands(peerIdOf(suite, key), person) ? person : undefined;
    },
  };
}

/** Reads all currencies and lines, one after another. */
export function loadLines(options: LinesOptions, done: Done<Loaded>): void {
  const { records, suite } = options;
  records.scan(CURRENCIES, (error, definitions) => {
    if (error !== null) return done(error, undefined);
    records.scan(LINES, (lineError, found) => {
      if (lineError !== null) return done(lineError, undefined);
      const read = guarded("What is kept of currencies and lines is damaged.", () => ({
        currencies: definitions.map(({ value }) => readCurrency(suite, value)),
        lines: found.map(({ key, value }) => decodeLine(key.slice(LINES.length), value)),
      }));
      if (read instanceof DiskError) return done(read, undefined);
      const byId = new Map(read.currencies.map((currency) => [currency.id, currency]));
      loadNext(options, { byId, records: [...read.lines], lines: [], untold: [] }, done);
    });
  });
}

interface Loading {
  readonly byId: ReadonlyMap<CurrencyId, Currency>;
  readonly records: LineRecord[];
  readonly lines: LineEntry[];
  readonly untold: Untold[];
}

function loadNext(options: LinesOptions, loading: Loading, done: Done<Loaded>): void {
  const { byId, records, lines, untold } = loading;
  const record = records.shift();
  if (record === undefined) {
    done(null, { currencies: [...byId.values()], lines, untold });
    return;
  }
  const currency = byId.get(record.currency);
  if (currency === undefined) {
    done(new DiskError("corrupt", "A line's currency is missing on the disk."), undefined);
    return;
  }
  loadLine(options, record, currency, (error, found) => {
    if (error !== null || found === undefined) {
      done(error, undefined);
      return;
    }
    lines.push(found.line);
    if (found.untold.length > 0) untold.push({ line: found.line, batches: found.untold });
    loadNext(options, loading, done);
  });
}

/** Reads one line: what it said at the beginning of the epoch, and all batches since. */
export function loadLine(
  options: LinesOptions,
  record: LineRecord,
  currency: Currency,
  done: Done<{ readonly line: LineEntry; readonly untold: readonly KeptBatch[] }>,
): void {
  const { records } = options;
  const { id, epoch } = record;
  records.scan(logPrefix(id, epoch), (error, kept) => {
    if (error !== null) return done(error, undefined);
    // Payments may not have been told yet of the last batches before the epoch.
    records.scan(epoch === 0 ? "money/none/" : logPrefix(id, epoch - 1), (beforeError, before) => {
      if (beforeError !== null) return done(beforeError, undefined);
      records.scan(toldKey(id), (toldError, [told]) => {
        if (toldError !== null) return done(toldError, undefined);
        records.scan(ACCOUNTS + id, (accountError, [account]) => {
          if (accountError !== null) return done(accountError, undefined);
          const words = "What is kept of a line is damaged.";
          const found = guarded(words, () => {
            const batches = kept.map(({ value }) => decodeKept(value));
            const line = rebuild(options, record, currency, batches, decodeCount(told?.value));
            if (account !== undefined) line.account = decodeAccount(account.value);
            const isUntold = ({ isOurs, batch }: KeptBatch): boolean =>
              !isOurs && batch.number > line.told;
            const older =
              line.told < line.core.theirs.count
                ? before.map(({ value }) => decodeKept(value))
                : [];
            return { line, untold: [...older, ...batches].filter(isUntold) };
          });
          if (found instanceof DiskError) done(found, undefined);
          else done(null, found);
        });
      });
    });
  });
}

/** Reads a line again after a failure; undefined where it never came to disk. */
export function reloadLine(options: LinesOptions, line: LineEntry, done: Done<LineEntry>): void {
  options.records.scan(lineKey(line.id), (error, [kept]) => {
    if (error !== null || kept === undefined) {
      done(error, undefined);
      return;
    }
    const record = guarded("What is kept of a line is damaged.", () =>
      decodeLine(line.id, kept.value),
    );
    if (record instanceof DiskError) {
      done(record, undefined);
      return;
    }
    loadLine(options, record, line.currency, (failure, found) => done(failure, found?.line));
  });
}

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
    if (isOurs) core.replayOwn(batch);
    else core.replay(batch);
  }
  const ourKey = identity.signKey.publicKey;
  return new LineEntry(record, { core, currency, ourKey }, { index: batches.length, told });
}

/** An account with both signatures, as it is kept. */
export function encodeAccount({ statement, keys, signatures }: SignedStatement): Uint8Array {
  const writer = new CborArrayWriter(512).array(5).bytes(statement);
  for (const each of [...keys, ...signatures]) writer.bytes(each);
  return writer.done();
}

/** @throws WireError where it is damaged */
export function decodeAccount(bytes: Uint8Array): SignedStatement {
  const reader = new CborArrayReader(bytes);
  reader.array(5);
  const statement = reader.bytes(1, 512).slice();
  const keys = [reader.bytes(32).slice(), reader.bytes(32).slice()] as const;
  const signatures = [reader.bytes(64).slice(), reader.bytes(64).slice()] as const;
  reader.end();
  return { statement, keys, signatures };
}

/** Key of a definition. */
export function currencyKey(id: CurrencyId): string {
  return CURRENCIES + id;
}

/** Key of the account that both sides signed last. */
export function accountKey(id: LineId): string {
  return ACCOUNTS + id;
}

function guarded<T>(words: string, read: () => T): T | DiskError {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof TypedError)) throw cause;
    return new DiskError("corrupt", words, { cause });
  }
}
