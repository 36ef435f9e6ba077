import { attempt, readableOf } from "../base/attempt.ts";
import { NO_BYTES } from "../base/bytes.ts";
import { takeFitting } from "../base/take-fitting.ts";
import type { RecordWrite, Scanned } from "../ports/index.ts";
import { coreOptions } from "./core-options.ts";
import type { Currency } from "./currency/definition.ts";
import { decodeBatch, decodeSnapshot, LineCore, type LineCoreBeginning } from "./line/index.ts";
import type { LineId } from "./line-desk.ts";
import { LineEntry } from "./line-entry.ts";
import {
  accountKey,
  decodeAccount,
  decodeCount,
  decodeKept,
  encodeCount,
  encodeKept,
  type KeptBatch,
  type LineRecord,
  lineKey,
  logKey,
  logPrefix,
  looseKey,
  toldKey,
} from "./line-record.ts";
import type { MoneyLoss } from "./losses.ts";
import type { LinesOptions } from "./options.ts";

/** What is left on disk of a line that cannot be read as it should. */
export interface Wreck {
  readonly id: LineId;
  /** Undefined where they cannot be read, or are missing. */
  readonly record: LineRecord | undefined;
  readonly currency: Currency | undefined;
  /** All batches of all epochs. */
  readonly log: Scanned;
  /** What a salvage of before had set aside. */
  readonly loose: readonly Uint8Array[];
  readonly account: Uint8Array | undefined;
  readonly told: Uint8Array | undefined;
}

/** What goes on of it. */
export interface Salvaged {
  /** Undefined where too little is left: the partner brings the line back. */
  readonly line: LineEntry | undefined;
  readonly untold: readonly KeptBatch[];
  /** Batches of ours that stand on missing ones. */
  readonly loose: readonly Uint8Array[];
  /** What the disk must have before the line is used. */
  readonly writes: readonly RecordWrite[];
  readonly loss: Extract<MoneyLoss, { readonly t: "line" }>;
}

/**
 * Goes on with what is whole of a line: every batch that proves itself and all of whose past is here. The partner's
 * others are let go, it has them; our own are set aside until the partner has told how far our half-log had gone.
 * Nothing may be signed before that.
 */
export function salvageLine(options: LinesOptions, wreck: Wreck): Salvaged {
  const { record, currency } = wreck;
  if (record === undefined || currency === undefined) return orphaned(options, wreck);
  const { begun, epoch, core } = beginning(options, record);
  const first = logPrefix(wreck.id, epoch);
  const old = wreck.log.filter(({ key }) => key >= first);
  const all = readableOf(old, ({ value }) => decodeKept(value));
  const before = readableOf(wreck.loose, ownOf);
  const taken: KeptBatch[] = [];
  const rest = takeFitting([...all, ...before], (kept) => isWaiting(core, kept, taken));
  const loose = rest.filter(({ isOurs }) => isOurs).map(({ batch }) => batch.bytes);
  const ourKey = options.identity.signKey.publicKey;
  const told = Math.min(counted(wreck.told), core.theirs.count);
  const snapshot = begun === undefined ? NO_BYTES : record.snapshot;
  const line = new LineEntry(
    { ...record, epoch, snapshot, isUnsure: true },
    { core, currency, ourKey },
    { index: taken.length, told },
  );
  line.loose = loose;
  const account = accountOf(wreck);
  line.account = account;
  const writes = [
    ...rewritten(
      old,
      taken.map((kept, at) => ({ key: logKey(wreck.id, epoch, at), value: encodeKept(kept) })),
    ),
    ...asideWrites(wreck, loose),
    { key: toldKey(wreck.id), value: encodeCount(told) },
    ...(account === undefined ? [{ key: accountKey(wreck.id), value: null }] : []),
  ];
  const missing = counted(wreck.told) - core.theirs.count;
  const lost = Math.max(1, placesOf(wreck, epoch) - taken.length, missing);
  const untold = taken.filter(({ isOurs, batch }) => !isOurs && batch.number > told);
  return { line, untold, loose, writes, loss: lossOf(options, wreck, taken.length, lost) };
}

/** Whom it is with, or in what, is not known: it begins anew once the partner tells. */
function orphaned(options: LinesOptions, wreck: Wreck): Salvaged {
  const { id, log } = wreck;
  const own = readableOf(log, ({ value }) => decodeKept(value)).filter(({ isOurs }) => isOurs);
  const all = [...wreck.loose, ...own.map(({ batch }) => batch.bytes)];
  // Something has to tell that there was a line.
  const loose = all.length === 0 ? [NO_BYTES] : all;
  const writes = [
    ...[lineKey(id), toldKey(id), accountKey(id)].map((key) => ({ key, value: null })),
    ...rewritten(log, []),
    ...asideWrites(wreck, loose),
  ];
  return {
    ...{ line: undefined, untold: [], loose, writes },
    loss: lossOf(options, wreck, 0, Math.max(1, log.length)),
  };
}

/** Where a line goes on: after its snapshot, or at its very beginning where that cannot be read. */
function beginning(
  options: LinesOptions,
  { partner, currency, snapshot, epoch }: LineRecord,
): {
  readonly begun: LineCoreBeginning | undefined;
  readonly epoch: number;
  readonly core: LineCore;
} {
  const parts = coreOptions(options, partner, currency);
  const begun =
    snapshot.length === 0
      ? undefined
      : attempt(() => decodeSnapshot(options.suite, snapshot, parts.side)).value;
  if (begun !== undefined) return { begun, epoch, core: new LineCore(parts, begun) };
  return { begun: undefined, epoch: 0, core: new LineCore(parts) };
}

/** Whether a batch that was not taken may be taken after others. */
function isWaiting(core: LineCore, { isOurs, batch }: KeptBatch, taken: KeptBatch[]): boolean {
  const { refusal } = attempt(() => {
    if (isOurs) {
      const own = core.adopt(batch.bytes);
      if (own !== undefined) taken.push({ isOurs, batch: own, released: [] });
    } else {
      const found = core.take(batch.bytes);
      if (found.t === "new") taken.push({ isOurs, batch: found.batch, released: found.released });
    }
  });
  return refusal?.code === "gap" || refusal?.code === "stale";
}

/** Takes what a salvage has set aside, as far as it fits by now; each batch that is new here is told. */
export function takeLoose(
  core: LineCore,
  loose: readonly Uint8Array[],
  taken: (kept: KeptBatch) => void,
): void {
  const found: KeptBatch[] = [];
  takeFitting(readableOf(loose, ownOf), (kept) => isWaiting(core, kept, found));
  found.forEach(taken);
}

/** @throws TypedError for what is no batch */
function ownOf(bytes: Uint8Array): KeptBatch {
  return { isOurs: true, batch: decodeBatch(bytes), released: [] };
}

function counted(value: Uint8Array | undefined): number {
  return attempt(() => decodeCount(value)).value ?? 0;
}

function accountOf({ account }: Wreck): LineEntry["account"] {
  return account === undefined ? undefined : attempt(() => decodeAccount(account)).value;
}

/** Puts what stays in place of what was there. */
function rewritten(
  old: Scanned,
  fresh: readonly { readonly key: string; readonly value: Uint8Array }[],
): readonly RecordWrite[] {
  const stays = new Set(fresh.map(({ key }) => key));
  const gone = old.filter(({ key }) => !stays.has(key)).map(({ key }) => ({ key, value: null }));
  return [...gone, ...fresh];
}

function asideWrites({ id, loose }: Wreck, now: readonly Uint8Array[]): readonly RecordWrite[] {
  const old = loose.map((value, at) => ({ key: looseKey(id, at), value }));
  return rewritten(
    old,
    now.map((value, at) => ({ key: looseKey(id, at), value })),
  );
}

/** How many batches there were from an epoch on, as far as the keys of those that are left tell. */
function placesOf({ id, log }: Wreck, epoch: number): number {
  const last = new Map<string, number>();
  const digits = logKey(id, 0, 0).length - logPrefix(id, 0).length;
  for (const { key } of log) {
    const prefix = key.slice(0, -digits);
    if (prefix >= logPrefix(id, epoch))
      last.set(prefix, Number.parseInt(key.slice(-digits), 16) + 1);
  }
  return [...last.values()].reduce((sum, each) => sum + each, 0);
}

function lossOf(
  { people }: LinesOptions,
  { id, record, currency }: Wreck,
  kept: number,
  lost: number,
): Salvaged["loss"] {
  const partner = record && people.nameOf(record.partner);
  return { t: "line", id, partner, currency: currency?.name, kept, lost };
}
