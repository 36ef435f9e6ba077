import { concatBytes, equalBytes, NO_BYTES, toHex, utf8 } from "../../base/bytes.ts";
import { assert } from "../../base/errors.ts";
import { type CryptoSuite, hkdfSha256, KEY_BYTES, type SigningKey } from "../../crypto/index.ts";
import { Reader, WireError, Writer } from "../../wire/index.ts";
import { messageKey, nextChainKey } from "./chain.ts";
import { ChainTags } from "./chain-tags.ts";
import { RatchetError } from "./errors.ts";
import { readTag } from "./finding.ts";
import { readGroupInner, writeGroupInner } from "./group-inner.ts";
import { FRAME_TYPE, HINT_AT, MESSAGE_HEAD_BYTES, SHORT_BIT } from "./layout.ts";
import { BODY_BYTES_MAX, EPOCH_BYTES_MAX, SENDER_KEY_FRAMES_MAX } from "./limits.ts";
import { openFrame, sealFrame } from "./seal.ts";
import { INSTANCE_BYTES } from "./state-codec.ts";
import type {
  OpenedFromGroup,
  OwnKey,
  RatchetKit,
  ReceivedKey,
  Seal,
  SealedToGroup,
  SenderKeyScope,
} from "./types.ts";

const VERSION = 1;
const CHAIN = utf8("peernet sender key v1");
const SIGNED = utf8("peernet group message v1");
const ID_BYTES = 16;

/** The key of a frame that is missing while later ones are here. */
interface MissingPlace {
  readonly place: number;
  readonly tag: number;
  readonly key: Uint8Array;
}

interface KeyState {
  readonly scope: SenderKeyScope;
  /** Key of the chain at `next`. */
  readonly chainKey: Uint8Array;
  readonly tags: ChainTags;
  readonly next: number;
  /** Of a received key. */
  readonly missing: readonly MissingPlace[];
}

/** A new key for one device, group and epoch. */
export function makeSenderKey(kit: RatchetKit, scope: SenderKeyScope): OwnKey {
  checkScope(scope);
  const info = concatBytes(CHAIN, scope.senderSignKey, scope.epoch);
  const output = hkdfSha256(kit.suite, NO_BYTES, kit.random.bytes(KEY_BYTES), 2 * KEY_BYTES, info);
  const tags = new ChainTags(kit.suite, output.slice(KEY_BYTES));
  const chainKey = output.slice(0, KEY_BYTES);
  return new OwnSenderKey(kit, { scope, chainKey, tags, next: 0, missing: [] });
}

/** Our own key as it was saved. @throws RatchetError("restored" | "damaged") */
export function loadSenderKey(kit: RatchetKit, scope: SenderKeyScope, bytes: Uint8Array): OwnKey {
  return new OwnSenderKey(kit, decode(kit, scope, bytes));
}

/** A key that a member told us. @throws RatchetError("malformed") */
export function takeSenderKey(
  kit: RatchetKit,
  scope: SenderKeyScope,
  shared: Uint8Array,
): ReceivedKey {
  checkScope(scope);
  const state = reading("malformed", shared, (reader) => readShared(kit.suite, scope, reader));
  return new ReceivedSenderKey(kit, state);
}

/** A member's key as it was saved. @throws RatchetError("restored" | "damaged") */
export function loadReceivedKey(
  kit: RatchetKit,
  scope: SenderKeyScope,
  bytes: Uint8Array,
): ReceivedKey {
  return new ReceivedSenderKey(kit, decode(kit, scope, bytes));
}

/** What this device writes to a group with. */
class OwnSenderKey implements OwnKey {
  readonly #kit: RatchetKit;
  readonly #state: KeyState;

  constructor(kit: RatchetKit, state: KeyState) {
    this.#kit = kit;
    this.#state = state;
  }

  get scope(): SenderKeyScope {
    return this.#state.scope;
  }

  get sealedCount(): number {
    return this.#state.next;
  }

  seal(body: Uint8Array, seal: Seal = "full", signing?: SigningKey): SealedToGroup {
    const { suite } = this.#kit;
    const { scope, chainKey, tags, next: place } = this.#state;
    if (body.length > BODY_BYTES_MAX) {
      throw new RatchetError("too-large", `A frame carries at most ${BODY_BYTES_MAX} bytes.`);
    }
    if (place >= SENDER_KEY_FRAMES_MAX) {
      throw new RatchetError(
        "window-full",
        "This sender key is used up; tell the group a new one.",
      );
    }
    const head = new Uint8Array(MESSAGE_HEAD_BYTES);
    head[0] = FRAME_TYPE.group | (seal === "short" ? SHORT_BIT : 0);
    new DataView(head.buffer).setUint32(HINT_AT, tags.at(place));
    const signature = signing?.sign(signedBytes(scope, place, body));
    const plaintext = writeGroupInner(body, signature);
    const frame = sealFrame(suite, messageKey(suite, chainKey), head, plaintext);
    const after = { ...this.#state, chainKey: nextChainKey(suite, chainKey), next: place + 1 };
    return { frame, place, next: new OwnSenderKey(this.#kit, after) };
  }

  share(): Uint8Array {
    return writeShared(new Writer(3 + 2 * KEY_BYTES), this.#state).done();
  }

  encode(): Uint8Array {
    return encode(this.#kit, this.#state);
  }
}

/** What a member writes to a group with, as the others have it. */
export class ReceivedSenderKey implements ReceivedKey {
  readonly id: string;
  /** For the rest of this room; secret. */
  readonly state: KeyState;
  readonly #kit: RatchetKit;

  constructor(kit: RatchetKit, state: KeyState) {
    this.#kit = kit;
    this.state = state;
    this.id = toHex(kit.suite.sha256(state.tags.key)).slice(0, 2 * ID_BYTES);
  }

  get scope(): SenderKeyScope {
    return this.state.scope;
  }

  get openedCount(): number {
    return this.state.next;
  }

  open(frame: Uint8Array): OpenedFromGroup {
    const { suite } = this.#kit;
    const [place, key, after] = this.#find(frame);
    const plaintext = openFrame(suite, key, frame, MESSAGE_HEAD_BYTES);
    if (plaintext === undefined) {
      throw new RatchetError("forged", "A group frame was altered on its way, or made up.");
    }
    const { body, signature } = readGroupInner(plaintext);
    const { senderSignKey } = this.state.scope;
    const isFalse =
      signature !== undefined &&
      !suite.verify(senderSignKey, signedBytes(this.state.scope, place, body), signature);
    if (isFalse) {
      const text = "A group message claims a signature that its sender did not make.";
      throw new RatchetError("bad-signature", text);
    }
    const next = new ReceivedSenderKey(this.#kit, after);
    return { body, place, signed: signature !== undefined, next };
  }

  tags(max: number = SENDER_KEY_FRAMES_MAX): number[] {
    const { missing, tags, next } = this.state;
    const found = missing.slice(0, max).map((one) => one.tag);
    for (let place = next; place < SENDER_KEY_FRAMES_MAX && found.length < max; place++) {
      found.push(tags.at(place));
    }
    return found;
  }

  encode(): Uint8Array {
    return encode(this.#kit, this.state);
  }

  /** Place and key of a frame, and the state after it. */
  #find(frame: Uint8Array): readonly [number, Uint8Array, KeyState] {
    const isGroup = ((frame[0] ?? 0) & ~SHORT_BIT) === FRAME_TYPE.group;
    if (!isGroup || frame.length <= MESSAGE_HEAD_BYTES) throw notOurs();
    const tag = readTag(frame);
    const { state } = this;
    const kept = state.missing.find((one) => one.tag === tag);
    if (kept !== undefined) {
      const missing = state.missing.filter((one) => one !== kept);
      return [kept.place, kept.key, { ...state, missing }];
    }
    const place = state.tags.find(tag, state.next, SENDER_KEY_FRAMES_MAX);
    if (place >= 0) return this.#walk(place);
    if (state.tags.find(tag, 0, state.next) < 0) throw notOurs();
    throw new RatchetError("replayed", "This group frame was opened before.");
  }

  #walk(end: number): readonly [number, Uint8Array, KeyState] {
    const { suite } = this.#kit;
    const { state } = this;
    const missing = [...state.missing];
    let { chainKey } = state;
    for (let place = state.next; place < end; place++) {
      missing.push({ place, tag: state.tags.at(place), key: messageKey(suite, chainKey) });
      chainKey = nextChainKey(suite, chainKey);
    }
    const after = { ...state, chainKey: nextChainKey(suite, chainKey), next: end + 1, missing };
    return [end, messageKey(suite, chainKey), after];
  }
}

function notOurs(): RatchetError {
  return new RatchetError("not-ours", "This group frame does not belong to the sender key.");
}

/** What a device signs: the message with its place, so that it stands nowhere else. */
function signedBytes(scope: SenderKeyScope, place: number, body: Uint8Array): Uint8Array {
  const writer = new Writer(128 + body.length).bytes(SIGNED).u8(scope.epoch.length);
  return writer.bytes(scope.epoch).bytes(scope.senderSignKey).u32(place).bytes(body).done();
}

function checkScope({ epoch, senderSignKey }: SenderKeyScope): void {
  assert(epoch.length > 0 && epoch.length <= EPOCH_BYTES_MAX, "an epoch's name has 1 … 64 bytes");
  assert(senderSignKey.length === KEY_BYTES, "a sender has a sign key of 32 bytes");
}

function writeShared(writer: Writer, { next, chainKey, tags }: KeyState): Writer {
  return writer.u8(VERSION).u16(next).bytes(chainKey).bytes(tags.key);
}

function readShared(suite: CryptoSuite, scope: SenderKeyScope, reader: Reader): KeyState {
  if (reader.u8() !== VERSION) throw new WireError("version", "Its version is not known.");
  const next = reader.u16();
  if (next > SENDER_KEY_FRAMES_MAX) throw new WireError("out-of-range", "It is used up.");
  const chainKey = reader.bytes(KEY_BYTES).slice();
  const tags = new ChainTags(suite, reader.bytes(KEY_BYTES).slice());
  return { scope, chainKey, tags, next, missing: [] };
}

function encode(kit: RatchetKit, state: KeyState): Uint8Array {
  const writer = new Writer(96 + 38 * state.missing.length).bytes(kit.instance);
  writeShared(writer, state).u16(state.missing.length);
  for (const { place, key } of state.missing) writer.u16(place).bytes(key);
  return writer.done();
}

function decode(kit: RatchetKit, scope: SenderKeyScope, bytes: Uint8Array): KeyState {
  checkScope(scope);
  return reading("damaged", bytes, (reader) => {
    if (!equalBytes(reader.bytes(INSTANCE_BYTES), kit.instance)) {
      const text = "A sender key comes from another copy of this home. Make a new one.";
      throw new RatchetError("restored", text);
    }
    const state = readShared(kit.suite, scope, reader);
    const count = reader.u16();
    if (count > SENDER_KEY_FRAMES_MAX) throw new WireError("out-of-range", "Too many keys.");
    const missing = Array.from({ length: count }, () => {
      const place = reader.u16();
      return { place, tag: state.tags.at(place), key: reader.bytes(KEY_BYTES).slice() };
    });
    return { ...state, missing };
  });
}

function reading<T>(
  code: "malformed" | "damaged",
  bytes: Uint8Array,
  read: (reader: Reader) => T,
): T {
  try {
    const reader = new Reader(bytes);
    const result = read(reader);
    reader.end();
    return result;
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new RatchetError(code, "These are not the bytes of a sender key.", { cause });
  }
}
