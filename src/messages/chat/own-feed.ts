import { toHex } from "../../base/bytes.ts";
import type { FeedId } from "../../feed/index.ts";
import { type PeerId, type PersonId, peerIdToBytes } from "../../identity/index.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import type { OwnKey, RatchetDoor, RatchetKit } from "../ratchet/types.ts";
import { hexBytes, scopeEpoch } from "./entries.ts";
import { CHAT_DEVICES_MAX } from "./limits.ts";

/** Prefix of the sender keys with which this device writes. */
export const OWN_FEEDS = "messages/chat/r/o/";
/** Prefix of the lists of who was given them. */
export const TOLD = "messages/chat/r/d/";

const KEY_BYTES_MAX = 1_024;
const SHARE_BYTES = 67;
const ID_BYTES = 16;
/** Members of a group, as its log bounds them. */
const PEOPLE_MAX = 4_096;

/** The feed that this device writes in now; a value. */
export interface OwnFeed {
  readonly id: FeedId;
  readonly key: OwnKey;
  readonly begunAtMs: number;
  /**
   * The sender key as it was before the first message. Those who were members then may read from there
   * on; the messages lie here in the clear anyway.
   */
  readonly firstShare: Uint8Array;
  /** Who belonged to the group when the feed was begun. */
  readonly people: ReadonlySet<PersonId>;
  /** Devices that were given the key. */
  readonly told: ReadonlySet<PeerId>;
}

const ownSchema = schema.record({
  v: schema.literal(1),
  a: schema.integer(0, Number.MAX_SAFE_INTEGER),
  f: schema.bytes(ID_BYTES),
  k: schema.bytes(1, KEY_BYTES_MAX),
  s: schema.bytes(SHARE_BYTES),
});
const toldSchema = schema.record({
  v: schema.literal(1),
  d: schema.bytes(0, ID_BYTES * CHAT_DEVICES_MAX),
  p: schema.bytes(0, ID_BYTES * PEOPLE_MAX),
});

/** The record that changes with each message. */
export function ownWrite(group: string, own: OwnFeed): RecordWrite {
  const value = encodeCbor({
    v: 1,
    a: own.begunAtMs,
    f: hexBytes(own.id),
    k: own.key.encode(),
    s: own.firstShare,
  });
  return { key: OWN_FEEDS + group, value };
}

/** The record that changes with each device that is given the key. */
export function toldWrite(group: string, { told, people }: OwnFeed): RecordWrite {
  const devices = new Uint8Array(ID_BYTES * told.size);
  [...told].forEach((device, at) => {
    devices.set(peerIdToBytes(device), ID_BYTES * at);
  });
  const persons = hexBytes([...people].join(""));
  return { key: TOLD + group, value: encodeCbor({ v: 1, d: devices, p: persons }) };
}

/** Where and for whom a saved key was. */
export interface OwnPlace {
  readonly group: string;
  readonly epoch: Uint8Array;
  readonly signKey: Uint8Array;
}

/** The feed id of a saved record. @throws WireError where it is damaged */
export function ownFeedId(bytes: Uint8Array): FeedId {
  return toHex(ownSchema(decodeCbor(bytes), "own feed").f);
}

/**
 * @throws WireError where a record is damaged
 * @throws RatchetError("restored") where another copy of this home wrote it: begin a new feed then
 */
export function decodeOwn(
  ratchet: Pick<RatchetDoor, "loadSenderKey">,
  kit: RatchetKit,
  place: OwnPlace,
  bytes: Uint8Array,
  told: Uint8Array,
): OwnFeed {
  const { a, f, k, s } = ownSchema(decodeCbor(bytes), "own feed");
  const { d, p } = toldSchema(decodeCbor(told), "own feed's readers");
  const scope = { epoch: scopeEpoch(place.group, place.epoch), senderSignKey: place.signKey };
  return {
    id: toHex(f),
    key: ratchet.loadSenderKey(kit, scope, k),
    begunAtMs: a,
    firstShare: s,
    people: new Set(idsIn(p)),
    told: new Set(idsIn(d)),
  };
}

function idsIn(bytes: Uint8Array): string[] {
  const ids: string[] = [];
  for (let at = 0; at + ID_BYTES <= bytes.length; at += ID_BYTES) {
    ids.push(toHex(bytes.subarray(at, at + ID_BYTES)));
  }
  return ids;
}
