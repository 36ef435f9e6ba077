import { fromHex, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { PeerId, PersonId } from "../identity/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import type { Content } from "./body.ts";
import { BUNDLE_BYTES_MAX, GONE_CHANNELS_MAX } from "./limits.ts";
import type { Channel } from "./ratchet/types.ts";

/** Prefix of what is known of each pair of devices, ours and theirs. */
export const PAIRS = "messages/c/";
/** Prefix of the channels of pairs. */
export const CHANNELS = "messages/s/";

/** Prefix of letters that are open and wait for one before them. */
export const EARLY = "messages/e/";

/** Key of a letter that waits for one before it. */
export function earlyKey(device: PeerId, number: number): string {
  return `${EARLY}${device}/${number.toString(16).padStart(12, "0")}`;
}

/** Channels that one pair keeps: the one in use and those in which something may still come. */
export const CHANNELS_PER_PAIR_MAX = 4;
const CHANNEL_ID_BYTES = 16;

const COUNT_MAX = 2 ** 48 - 1;

/** Everything that this device keeps about writing to and hearing from one other device. */
export interface Pair {
  readonly device: PeerId;
  readonly personId: PersonId;
  /** Newest last; at most `CHANNELS_PER_PAIR_MAX`. */
  readonly channels: readonly Channel[];
  /**
   * Ids of channels that they began and that are no longer kept, the newest last: begun again from
   * the same first frame, they would seal with the same keys again.
   */
  readonly gone: readonly string[];
  /** The greatest generation that any of their channels had. */
  readonly generation: number;
  /** The number of the next letter to that device. */
  readonly nextNumber: number;
  /** The place of the next entry in the outbox. */
  readonly nextPlace: number;
  /** All of their letters up to this number are here, or will never come. */
  readonly received: number;
  /** Their signed prekey and their X25519 key, where they have given them to us. */
  readonly bundle: Uint8Array | undefined;
  readonly dhKey: Uint8Array | undefined;
  /** How much later their clock shows than ours when they gave us their prekey, in milliseconds. */
  readonly skewMs: number;
  /** Whether there was a hybrid channel with that device: one that gives no hybrid prekey then has changed. */
  readonly hadHybrid: boolean;
  /** Letters that are open but wait for one before them, by number; stored by themselves. */
  readonly early: ReadonlyMap<number, Content>;
  /** Entries of the outbox that no channel has sealed yet; not stored. */
  readonly unsealed: number;
}

const count = schema.integer(0, COUNT_MAX);
const pairSchema = schema.record({
  v: schema.literal(1),
  b: schema.optional(schema.bytes(1, BUNDLE_BYTES_MAX)),
  d: schema.optional(schema.bytes(32)),
  g: schema.integer(0, Number.MAX_SAFE_INTEGER),
  h: schema.optional(schema.literal(1)),
  k: schema.integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  n: schema.integer(1, COUNT_MAX),
  o: schema.integer(1, COUNT_MAX),
  p: schema.bytes(16),
  r: count,
  z: schema.optional(schema.bytes(0, GONE_CHANNELS_MAX * CHANNEL_ID_BYTES)),
});

/** A pair that has never spoken. */
export function newPair(device: PeerId, personId: PersonId): Pair {
  const numbers = {
    generation: 0,
    nextNumber: 1,
    nextPlace: 1,
    received: 0,
    unsealed: 0,
    skewMs: 0,
  };
  const keys = { bundle: undefined, dhKey: undefined, hadHybrid: false };
  return { device, personId, channels: [], gone: [], ...numbers, ...keys, early: new Map() };
}

/** The record of a pair; its channels have records of their own. */
export function pairWrite(pair: Pair): RecordWrite {
  const value = encodeCbor({
    v: 1,
    b: pair.bundle,
    d: pair.dhKey,
    g: pair.generation,
    h: pair.hadHybrid ? 1 : undefined,
    k: pair.skewMs,
    n: pair.nextNumber,
    o: pair.nextPlace,
    p: must(fromHex(pair.personId), "a person id is hexadecimal"),
    r: pair.received,
    z:
      pair.gone.length === 0 ? undefined : must(fromHex(pair.gone.join("")), "ids are hexadecimal"),
  });
  return { key: PAIRS + pair.device, value };
}

/** @throws WireError where the record is damaged */
export function decodePair(device: PeerId, bytes: Uint8Array): Pair {
  const found = pairSchema(decodeCbor(bytes), "pair");
  return {
    device,
    personId: toHex(found.p),
    channels: [],
    gone: found.z === undefined ? [] : idsIn(found.z),
    generation: found.g,
    nextNumber: found.n,
    nextPlace: found.o,
    received: found.r,
    bundle: found.b,
    dhKey: found.d,
    skewMs: found.k,
    hadHybrid: found.h === 1,
    early: new Map(),
    unsealed: 0,
  };
}

function idsIn(bytes: Uint8Array): string[] {
  const ids: string[] = [];
  for (let at = 0; at < bytes.length; at += CHANNEL_ID_BYTES) {
    ids.push(toHex(bytes.subarray(at, at + CHANNEL_ID_BYTES)));
  }
  return ids;
}

/** Key of a channel's record. */
export function channelKey(device: PeerId, channelId: string): string {
  return `${CHANNELS}${device}/${channelId}`;
}

/** What changed between two states of a pair, as records. */
export function pairWrites(before: Pair | undefined, after: Pair): RecordWrite[] {
  const writes = [pairWrite(after)];
  const kept = new Set(before?.channels);
  for (const channel of after.channels) {
    if (kept.has(channel)) continue;
    writes.push({ key: channelKey(after.device, channel.id), value: channel.encode() });
  }
  const ids = new Set(after.channels.map(({ id }) => id));
  for (const { id } of before?.channels ?? []) {
    if (!ids.has(id)) writes.push({ key: channelKey(after.device, id), value: null });
  }
  return writes;
}

/** The pair with a channel in its newest state, or with one more; too many push the oldest out. */
export function withChannel(pair: Pair, channel: Channel): Pair {
  const [only] = pair.channels;
  // The usual case, for every frame: one channel, in its next state.
  if (pair.channels.length === 1 && only?.id === channel.id) {
    const generation = Math.max(pair.generation, channel.generation);
    const hadHybrid = pair.hadHybrid || channel.hybrid;
    return { ...pair, channels: [channel], generation, hadHybrid };
  }
  const others = pair.channels.filter(({ id }) => id !== channel.id);
  const channels = [...others, channel].sort((a, b) => a.generation - b.generation);
  return {
    ...pair,
    channels: channels.slice(-CHANNELS_PER_PAIR_MAX),
    gone: withGone(pair, channels.slice(0, -CHANNELS_PER_PAIR_MAX)),
    generation: Math.max(pair.generation, channel.generation),
    hadHybrid: pair.hadHybrid || channel.hybrid,
  };
}

/** The pair without a channel. */
export function withoutChannel(pair: Pair, channelId: string): Pair {
  const channels = pair.channels.filter(({ id }) => id !== channelId);
  const lost = pair.channels.filter(({ id }) => id === channelId);
  return { ...pair, channels, gone: withGone(pair, lost) };
}

function withGone({ gone }: Pair, lost: readonly Channel[]): readonly string[] {
  const theirs = lost.filter(({ initiator }) => !initiator).map(({ id }) => id);
  if (theirs.length === 0) return gone;
  return [...gone.filter((id) => !theirs.includes(id)), ...theirs].slice(-GONE_CHANNELS_MAX);
}
