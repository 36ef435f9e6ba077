import type { PeerId } from "../../identity/index.ts";
import { DiskError, type RecordStore } from "../../ports/index.ts";
import { WireError } from "../../wire/index.ts";
import {
  AGREEMENTS,
  type Agreement,
  decodeAgreement,
  decodeIds,
  decodeTags,
  OWNER_TAGS,
  THEIR_ANCHORS,
  TOLD_ANCHORS,
} from "./agreements.ts";
import type { Anchors } from "./anchors.ts";
import { HELD } from "./held.ts";
import type { Stock } from "./stock.ts";

type Found = readonly { key: string; value: Uint8Array }[];

/** Reads what was agreed about holding letters, and the parcels that are here. */
export function loadCarriage(
  records: RecordStore,
  anchors: Anchors,
  stock: Stock,
  done: (error: DiskError | null) => void,
): void {
  const agreements: Agreement[] = [];
  const tags = new Map<PeerId, readonly number[]>();
  const theirs = new Map<PeerId, readonly PeerId[]>();
  const told = new Map<PeerId, readonly PeerId[]>();
  const steps: (readonly [string, (found: Found) => void])[] = [
    [AGREEMENTS, each(AGREEMENTS, (name, value) => agreements.push(decodeAgreement(name, value)))],
    [OWNER_TAGS, each(OWNER_TAGS, (name, value) => tags.set(name, decodeTags(value)))],
    [THEIR_ANCHORS, each(THEIR_ANCHORS, (name, value) => theirs.set(name, decodeIds(value)))],
    [TOLD_ANCHORS, each(TOLD_ANCHORS, (name, value) => told.set(name, decodeIds(value)))],
    [HELD, (found) => stock.load(found)],
  ];
  const next = (): void => {
    const step = steps.shift();
    if (step === undefined) {
      anchors.load(agreements, tags, theirs, told);
      done(null);
      return;
    }
    const [prefix, take] = step;
    records.scan(prefix, (error, found) => {
      const problem = error ?? attempt(() => take(found));
      if (problem === null) next();
      else done(problem);
    });
  };
  next();
}

function each(prefix: string, take: (name: string, value: Uint8Array) => void) {
  return (found: Found): void => {
    for (const { key, value } of found) take(key.slice(prefix.length), value);
  };
}

function attempt(take: () => void): DiskError | null {
  try {
    take();
    return null;
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    return new DiskError("corrupt", "A record about held letters is damaged.", { cause });
  }
}
