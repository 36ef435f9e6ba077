import { toHex } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { Log, Random } from "../ports/index.ts";
import { DiskError, type RecordStore, type RecordWrite } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import { HYBRID_PREKEYS, type HybridPrekeyFor } from "./hybrid/prekeys.ts";
import { INVITE_PREKEYS } from "./invite-prekeys.ts";
import {
  decodeItem,
  decodeNewSince,
  decodeNextNumber,
  FIRST_NUMBER,
  ITEMS,
  NEW_SINCE,
  NEXT_NUMBER,
} from "./item.ts";
import { type Kept, MARKS } from "./ledger.ts";
import { decodeEntry, isUnsealed, OUTBOX } from "./outbox.ts";
import { CHANNELS, decodePair, EARLY, PAIRS, withChannel } from "./pair.ts";
import { PREKEYS } from "./prekeys.ts";
import { RatchetError } from "./ratchet/errors.ts";
import type { Prekey, RatchetDoor, RatchetKit } from "./ratchet/types.ts";

/** Key of the record that names this copy of this home. */
export const INSTANCE = "messages/instance";
/** Bytes of such a name. */
export const INSTANCE_BYTES = 8;

/** What is read besides what goes into `Kept`. */
export interface Loaded {
  readonly nextNumber: number;
  /** Wall-clock time at which this home had no message yet; undefined for homes of before that was kept. */
  readonly newSinceMs: number | undefined;
  readonly prekeys: readonly Prekey[];
  /** Those that are out in invites. */
  readonly invitePrekeys: readonly Prekey[];
  readonly hybridPrekeys: readonly HybridPrekeyFor[];
  /** Keys of channels that another copy of this home wrote: of no use any more. */
  readonly stale: readonly string[];
}

type Step = readonly [prefix: string, take: (name: string, value: Uint8Array) => void];

/**
 * Reads which copy of a home this is; draws a new name where there is none, and where the home may
 * have been copied. The prekeys of the other copy are of no use any more then.
 */
export function loadInstance(
  records: RecordStore,
  random: Random,
  isCopied: boolean,
  done: (error: DiskError | null, instance: Uint8Array) => void,
): void {
  records.scan(INSTANCE, (error, [found]) => {
    if (error !== null || (found?.value.length === INSTANCE_BYTES && !isCopied)) {
      done(error, found?.value ?? new Uint8Array(INSTANCE_BYTES));
      return;
    }
    const instance = random.bytes(INSTANCE_BYTES);
    records.scan(PREKEYS, (problem, prekeys) => {
      if (problem !== null) {
        done(problem, instance);
        return;
      }
      // The other copy has these secrets too: both would begin the same channels with the same keys.
      const dead = prekeys.map(({ key }): RecordWrite => ({ key, value: null }));
      records.write([{ key: INSTANCE, value: instance }, ...dead], (failure) =>
        done(failure, instance),
      );
    });
  });
}

/** Reads everything of this room but texts and large frames into `kept`. */
export function loadKept(
  records: RecordStore,
  kept: Kept,
  ratchet: RatchetDoor,
  kit: RatchetKit,
  done: (error: DiskError | null, loaded: Loaded) => void,
): void {
  let nextNumber = FIRST_NUMBER;
  let newSinceMs: number | undefined;
  const prekeys: Prekey[] = [];
  const invitePrekeys: Prekey[] = [];
  const hybridPrekeys: HybridPrekeyFor[] = [];
  const stale: string[] = [];
  const steps: Step[] = [
    [
      NEXT_NUMBER,
      (_name, value) => {
        nextNumber = decodeNextNumber(value);
      },
    ],
    [
      NEW_SINCE,
      (_name, value) => {
        newSinceMs = decodeNewSince(value);
      },
    ],
    [ITEMS, (name, value) => kept.shelf.put(decodeItem(name, value))],
    [PAIRS, (name, value) => kept.pairs.set(name, decodePair(name, value))],
    [
      CHANNELS,
      (name, value) => {
        if (!takeChannel(kept, ratchet, kit, name, value)) stale.push(CHANNELS + name);
      },
    ],
    [OUTBOX, (name, value) => takeEntry(kept, kit.suite, name, value)],
    [MARKS, (name, value) => takeMark(kept, name, value)],
    [EARLY, (name, value) => takeEarly(kept, name, value)],
    [
      PREKEYS,
      (name, value) => {
        const key = PREKEYS + name;
        const prekey = ratchet.decodePrekey(kit.suite, value);
        if (key.startsWith(INVITE_PREKEYS)) invitePrekeys.push(prekey);
        else if (!key.startsWith(HYBRID_PREKEYS)) prekeys.push(prekey);
        else hybridPrekeys.push([key.slice(HYBRID_PREKEYS.length), prekey]);
      },
    ],
  ];
  const loaded = (): Loaded => ({
    ...{ nextNumber, newSinceMs, prekeys, invitePrekeys, hybridPrekeys, stale },
  });
  const next = (): void => {
    const step = steps.shift();
    if (step === undefined) {
      done(null, loaded());
      return;
    }
    const [prefix, take] = step;
    records.scan(prefix, (error, found) => {
      const problem = error ?? takeAll(found, prefix, take);
      if (problem === null) next();
      else done(problem, loaded());
    });
  };
  next();
}

function takeAll(
  found: readonly { key: string; value: Uint8Array }[],
  prefix: string,
  take: Step[1],
): DiskError | null {
  for (const { key, value } of found) {
    try {
      take(key.slice(prefix.length), value);
    } catch (cause) {
      if (!(cause instanceof WireError || cause instanceof RatchetError)) throw cause;
      return new DiskError("corrupt", `The record ${key} is damaged.`, { cause });
    }
  }
  return null;
}

/** False where the channel is of no use. */
function takeChannel(
  kept: Kept,
  ratchet: RatchetDoor,
  kit: RatchetKit,
  name: string,
  value: Uint8Array,
): boolean {
  const [device = ""] = name.split("/");
  const pair = kept.pairs.get(device);
  if (pair === undefined) return false;
  try {
    kept.pairs.set(device, withChannel(pair, ratchet.loadChannel(kit, value)));
    return true;
  } catch (error) {
    // Its keys may have been used already by the home from which this one was copied.
    if (!(error instanceof RatchetError && error.code === "restored")) throw error;
    return false;
  }
}

function takeEntry(kept: Kept, suite: CryptoSuite, name: string, value: Uint8Array): void {
  const { entry } = decodeEntry(suite, OUTBOX + name, value);
  kept.outbox(entry.device).put(entry);
  const pair = kept.pairs.get(entry.device);
  if (pair === undefined) return;
  const ids = new Set(pair.channels.map(({ id }) => id));
  if (!isUnsealed(entry, ids)) return;
  kept.pairs.set(entry.device, { ...pair, unsealed: pair.unsealed + 1 });
}

function takeMark(kept: Kept, name: string, value: Uint8Array): void {
  const [device = "", number = ""] = name.split("/");
  kept.marksOf(device).set(Number.parseInt(number, 16), toHex(value));
}

function takeEarly(kept: Kept, name: string, value: Uint8Array): void {
  const [device = "", number = ""] = name.split("/");
  const pair = kept.pairs.get(device);
  const kind = value[0];
  if (pair === undefined || kind === undefined) return;
  const early = new Map(pair.early).set(Number.parseInt(number, 16), {
    kind,
    content: value.subarray(1),
  });
  kept.pairs.set(device, { ...pair, early });
}

/** Prefix of what an older Peernet kept of messages in feeds. */
const FEEDS = "feed/";
/** Records that are removed in one batch. */
const REMOVED_PER_BATCH = 1_000;

/** What an older Peernet kept in feeds is in the outbox by now, or was delivered: the feeds go. */
export function leaveFeeds(
  { records, log }: { readonly records: RecordStore; readonly log: Log },
  done: () => void,
): void {
  removeFeeds(records, (error, count) => {
    // A full disk is no reason not to start; the next start tries again.
    if (error !== null) log.warn("old feeds not removed", { code: error.code });
    else if (count > 0) log.info("old feeds removed", { records: count });
    done();
  });
}

/**
 * Removes the feeds in which an older Peernet kept messages: their bodies are sealed to keys that
 * last, so they must not lie about. What of them waits is in the outbox when this is called.
 */
function removeFeeds(
  records: RecordStore,
  done: (error: DiskError | null, count: number) => void,
): void {
  records.scan(FEEDS, (error, found) => {
    if (error !== null) {
      done(error, 0);
      return;
    }
    const keys = found.map(({ key }) => key);
    const next = (): void => {
      const some = keys.splice(0, REMOVED_PER_BATCH);
      if (some.length === 0) {
        done(null, found.length);
        return;
      }
      records.write(
        some.map((key) => ({ key, value: null })),
        (failure) => (failure === null ? next() : done(failure, 0)),
      );
    };
    next();
  });
}
