import { equalBytes } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { KEY_BYTES } from "../../crypto/index.ts";
import { Reader, WireError, Writer } from "../../wire/index.ts";
import { type Chain, newChain } from "./chain.ts";
import { ChainTags } from "./chain-tags.ts";
import { RatchetError } from "./errors.ts";
import { FRAMES_IN_FLIGHT_MAX } from "./limits.ts";
import type { ChannelState, EndedChain, MissingKey, Offer } from "./state.ts";

const VERSION = 1;
const ID_BYTES = 16;
/** Bytes that name a copy of a home. */
export const INSTANCE_BYTES = 8;

const INITIATOR = 0x01;
const CONTACT = 0x02;
const OFFER = 0x04;
const BEFORE = 0x08;
const ENDED = 0x10;
const OWES = 0x20;
const RECEIVING_BASE = 0x40;
const HYBRID = 0x80;

/** The saved form of a channel; docs/protocol/messages.md has it byte by byte. */
export function encodeState(state: ChannelState, instance: Uint8Array): Uint8Array {
  const { contact, offer, before, ended, receiving } = state;
  const writer = new Writer(640 + 44 * state.missing.length);
  const flags =
    (state.initiator ? INITIATOR : 0) |
    (contact === undefined ? 0 : CONTACT) |
    (offer === undefined ? 0 : OFFER) |
    (before === undefined ? 0 : BEFORE) |
    (ended === undefined ? 0 : ENDED) |
    (state.owes ? OWES : 0) |
    (receiving.base === undefined ? 0 : RECEIVING_BASE) |
    (state.hybrid ? HYBRID : 0);
  writer.u8(VERSION).bytes(instance).u8(flags).bytes(state.id).u48(state.generation);
  writer.bytes(state.theirDhKey).bytes(state.root).u32(state.step);
  writer.bytes(state.ourSecret).bytes(state.theirKey);
  writer.varint(state.lastLength).u32(state.acknowledged);
  writer.varint(state.sinceStep).varint(Math.max(0, Math.floor(state.steppedAtMs)));
  if (contact !== undefined) writer.u16(contact.length).bytes(contact);
  writeChain(writer, state.sending);
  if (offer !== undefined) writeOffer(writer, offer);
  writeChain(writer, receiving);
  if (before !== undefined) writeChain(writer, before);
  if (ended !== undefined) {
    writer.u32(ended.step).bytes(ended.tags.key).varint(ended.length);
  }
  writer.u8(state.missing.length);
  for (const one of state.missing) {
    writer.u32(one.step).u32(one.index).u32(one.tag).bytes(one.key);
  }
  return writer.done();
}

/** @throws RatchetError("restored" | "damaged") */
export function decodeState(
  suite: CryptoSuite,
  bytes: Uint8Array,
  instance: Uint8Array,
): ChannelState {
  try {
    return readState(suite, new Reader(bytes), instance);
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new RatchetError("damaged", "The record of a message channel is damaged.", { cause });
  }
}

function readState(suite: CryptoSuite, reader: Reader, instance: Uint8Array): ChannelState {
  if (reader.u8() !== VERSION) throw new WireError("version", "Its version is not known.");
  if (!equalBytes(reader.bytes(INSTANCE_BYTES), instance)) {
    throw new RatchetError(
      "restored",
      "A message channel comes from another copy of this home. Begin a new channel.",
    );
  }
  const flags = reader.u8();
  const has = (flag: number) => (flags & flag) !== 0;
  const key = () => reader.bytes(KEY_BYTES).slice();
  const head = {
    id: reader.bytes(ID_BYTES).slice(),
    generation: reader.u48(),
    initiator: has(INITIATOR),
    hybrid: has(HYBRID),
    theirDhKey: key(),
    root: key(),
    step: reader.u32(),
    ourSecret: key(),
    theirKey: key(),
    ourKey: undefined,
    lastLength: reader.varint(),
    acknowledged: reader.u32(),
    sinceStep: reader.varint(),
    steppedAtMs: reader.varint(),
    owes: has(OWES),
    contact: has(CONTACT) ? reader.bytes(reader.u16()).slice() : undefined,
  };
  const chain = (hasBase: boolean) => readChain(suite, reader, hasBase);
  const sending = chain(true);
  const offer: Offer | undefined = has(OFFER)
    ? { publicKey: key(), fromPlace: reader.varint(), chain: chain(false) }
    : undefined;
  const receiving = chain(has(RECEIVING_BASE));
  const before = has(BEFORE) ? chain(true) : undefined;
  const ended = has(ENDED) ? readEnded(suite, reader) : undefined;
  const missing = readMissing(reader);
  reader.end();
  return { ...head, sending, offer, receiving, before, ended, missing };
}

function writeOffer(writer: Writer, offer: Offer): void {
  writeChain(writer.bytes(offer.publicKey).varint(offer.fromPlace), offer.chain);
}

function writeChain(writer: Writer, chain: Chain): void {
  writer.u32(chain.step).bytes(chain.key).bytes(chain.tags.key);
  writer.u32(chain.base ?? 0).varint(chain.next);
}

function readChain(suite: CryptoSuite, reader: Reader, hasBase: boolean): Chain {
  const step = reader.u32();
  const key = reader.bytes(KEY_BYTES).slice();
  const tagKey = reader.bytes(KEY_BYTES).slice();
  const base = reader.u32();
  return newChain(suite, step, key, tagKey, hasBase ? base : undefined, reader.varint());
}

function readEnded(suite: CryptoSuite, reader: Reader): EndedChain {
  const step = reader.u32();
  const tags = new ChainTags(suite, reader.bytes(KEY_BYTES).slice());
  return { step, tags, length: reader.varint() };
}

function readMissing(reader: Reader): MissingKey[] {
  const count = reader.u8();
  if (count > FRAMES_IN_FLIGHT_MAX) throw new WireError("out-of-range", "Too many keys.");
  return Array.from({ length: count }, () => {
    const [step, index, tag] = [reader.u32(), reader.u32(), reader.u32()];
    return { step, index, tag, key: reader.bytes(KEY_BYTES).slice() };
  });
}
