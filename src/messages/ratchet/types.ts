import type { CryptoSuite, DhKey, Kem, SigningKey } from "../../crypto/index.ts";
import type { Random } from "../../ports/index.ts";

/** What the ratchet is made with. */
export interface RatchetKit {
  readonly suite: CryptoSuite;
  readonly random: Random;
  /**
   * Where this device can make hybrid prekeys and use those of others: what is recorded today then
   * stays closed to the quantum computers of tomorrow. Their bundles have 1,286 bytes instead of 102
   * and first frames 1,088 more, which suits no radio.
   */
  readonly kem?: Kem | undefined;
  /**
   * 8 bytes that name this copy of this home: drawn once, and drawn anew by whatever restores,
   * copies or imports a home. Saved channels carry it; under another one they do not load.
   */
  readonly instance: Uint8Array;
}

/** How much a frame spends on authenticity: 16 bytes, or 8 on radios, whose rate bounds guessing. */
export type Seal = "full" | "short";

/** What becomes of a body. */
export interface Sealed {
  /** What travels: a mesh packet of its own, or a file carried by hand. Never altered afterwards. */
  readonly frame: Uint8Array;
  /** The number of the frame among those of this direction, from 0, over the whole channel. */
  readonly index: number;
  /** The channel from now on. */
  readonly next: Channel;
}

/** What a frame told. */
export interface Opened {
  /** As it was given to `seal`; may be empty: then the frame only acknowledges. */
  readonly body: Uint8Array;
  /** The number of the frame among those of its direction; frames may open in any order. */
  readonly index: number;
  /** The channel from now on; `next.acknowledgedCount` tells what has arrived over there. */
  readonly next: Channel;
}

/**
 * The ratchet of one pair of devices, ours and theirs. A value: no call changes it, `seal` and
 * `open` give the channel as it is afterwards. It has no clock and no disk. The caller keeps these
 * rules, and with them nothing is lost, told twice or sealed twice with one key, wherever it crashes:
 *
 * 1. **Sealing.** Write `next.encode()` and the frame (in the outbox) in ONE batch. Only after that
 *    batch is on disk may the frame leave. Several bodies may be sealed one after the other
 *    before their batch is written. If a batch fails, drop its channels and frames and go on with the
 *    channel that is on disk: no frame has left, so the key that is used again was never seen.
 * 2. **Sending again** means the same bytes again. A frame stays in the outbox until it is
 *    acknowledged (`index < acknowledgedCount`). Never seal a body anew in the same channel.
 * 3. **Opening.** Write `next.encode()` and all that is derived from the body in ONE batch. Before it
 *    is on disk, seal nothing with `next` that leaves. Acknowledging needs nothing else: every frame
 *    sealed by a channel says which frames that channel has opened. To acknowledge without
 *    saying anything, seal an empty body.
 * 4. **Order and once.** A frame opens once; `index` gives the order. A repeated one is `replayed`:
 *    it is here already and may be answered with an empty frame, since its acknowledgement got lost.
 * 5. **An old copy.** State that was set back would use keys twice. A home that is restored, copied
 *    or imported draws a new `RatchetKit.instance`, whereupon its channels do not load
 *    (`restored`). Where that was missed, the other device acknowledges more than was sealed here:
 *    `open` throws `clone`. In both cases begin a new channel with `openChannel`, whose higher
 *    generation replaces this one on both sides, and seal what is not acknowledged anew in it. Since
 *    the other side may have some of that already, bodies then need an id of their own to be told once.
 */
export interface Channel {
  /** 16 bytes in hexadecimal, the same on both devices, different for every channel. */
  readonly id: string;
  /** Milliseconds since 1970 when the initiator made it, and greater than that of its older ones. */
  readonly generation: number;
  /** Whether this device began it. */
  readonly initiator: boolean;
  /**
   * Whether its keys descend from a secret by ML-KEM-768 as well: whoever records its frames has no
   * use for a quantum computer.
   */
  readonly hybrid: boolean;
  /** The other device's X25519 key, 32 bytes. It has proved to have it, once something was opened. */
  readonly theirDhKey: Uint8Array;
  /**
   * True until something was heard from the responder. Meanwhile every frame carries the first
   * contact (103 bytes more), so that the frames can open in any order.
   */
  readonly opening: boolean;
  /** Frames sealed: the index of the next one. */
  readonly sealedCount: number;
  /** All frames below this index have been opened and kept by the other device. */
  readonly acknowledgedCount: number;
  /** All of their frames below this index were opened here. */
  readonly receivedCount: number;
  /** Whether a frame that has come in is not acknowledged by any frame sealed here. */
  readonly owesAcknowledgement: boolean;

  /**
   * Seals a body into a frame.
   * @param body 0 … BODY_BYTES_MAX bytes; what they mean is the caller's
   * @param nowMs wall-clock time, milliseconds since 1970; only decides when a new ratchet key is due
   * @param seal "full" where nothing is said
   * @throws RatchetError("too-large")
   * @throws RatchetError("window-full") while BODIES_IN_FLIGHT_MAX frames are not acknowledged; of
   *   an empty body, which only acknowledges, while FRAMES_IN_FLIGHT_MAX are not
   */
  seal(body: Uint8Array, nowMs: number, seal?: Seal): Sealed;

  /**
   * Opens a frame. What is refused changes nothing: forged frames cost the time to look at them.
   * @param frame as it came
   * @throws RatchetError("not-ours" | "forged" | "replayed" | "malformed" | "too-far" | "clone")
   */
  open(frame: Uint8Array, nowMs: number): Opened;

  /**
   * The tags (32-bit numbers, see `frameTag`) of frames that would open now, the next ones first.
   * Every frame has a tag of its own, made from the chain it is in and its place there, and says
   * nothing about any other frame. Tags do not depend on the date: a list stays good until frames
   * are opened, however long that takes and whatever the clocks say. New chains are used only when
   * this device has acknowledged them, so no frame comes under a tag that is not here. Given to an
   * anchor, the list says which frames to keep; `max` then bounds how many messages of this channel
   * are kept while this device is away.
   * @param max 1 … 2 * FRAMES_IN_FLIGHT_MAX tags, all where nothing is said
   */
  tags(max?: number): number[];

  /** The saved form, at most CHANNEL_BYTES_MAX bytes, a few hundred usually. Secret. */
  encode(): Uint8Array;
}

/** A key that a device gives out so that others can write to it without asking first. */
export interface PrekeyBundle {
  /** X25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Wall-clock end, milliseconds since 1970, rounded up to seconds. */
  readonly expiresAtMs: number;
  /** Whether it is for one channel only: the device forgets the secret at the first use. */
  readonly oneTime: boolean;
  /** A key of ML-KEM-768: then it is a hybrid prekey, which opens hybrid first contacts alone. */
  readonly kemKey?: Uint8Array | undefined;
}

/** A prekey of this device. */
export interface Prekey extends PrekeyBundle {
  /** 32 bytes. Deleting it is what makes first frames unreadable for good. */
  readonly secret: Uint8Array;
  /** What `kemKey` is made from: 64 bytes. */
  readonly kemSeed?: Uint8Array | undefined;
}

/** What a first frame gave to its recipient. */
export interface FirstOpened extends Opened {
  /**
   * The prekey it came by. Where that is `oneTime`, delete it in the same batch in which `next`
   * and what follows from the body are written.
   */
  readonly prekey: Prekey;
}

/** What a device needs to begin a channel. */
export interface BeginOptions {
  /** This device's long-lived X25519 key. */
  readonly ourDhKey: DhKey;
  /** The other device's long-lived X25519 key, 32 bytes, as its peer record has it. */
  readonly theirDhKey: Uint8Array;
  /** Read by `readBundle`, which has checked it. */
  readonly bundle: PrekeyBundle;
  /** Wall-clock time, milliseconds since 1970. */
  readonly nowMs: number;
  /** Generation of this pair's newest channel so far, where there is one; the new one is greater. */
  readonly afterGeneration?: number;
}

/** What a device needs to take a channel that another one began. */
export interface AcceptOptions {
  readonly ourDhKey: DhKey;
  /** Those that may still be used, at most PREKEYS_MAX. */
  readonly prekeys: readonly Prekey[];
  readonly nowMs: number;
}

/** What can be told of a frame without any key. */
export type FrameHead =
  /** In a channel that both devices have, or to a group: look for its tag in a `TagBook`. */
  | { readonly kind: "message" | "group"; readonly tag: number }
  /**
   * A first contact. Where a channel with this id is here already (the frame came before, or more of
   * them were sent before the answer), it is for `Channel.open`, otherwise for `acceptChannel`.
   */
  | { readonly kind: "first"; readonly channelId: string };

/** What may open frames with tags. */
export type TagSource = Channel | ReceivedKey;

/**
 * Which channels and sender keys may open which frames, and which have just opened them; in
 * memory, made anew at each start.
 */
export interface TagBook {
  /** Takes the tags, instead of those of an earlier state with the same id. */
  put(source: TagSource): void;
  /** Forgets it. */
  remove(id: string): void;
  /** Ids of those that expect this tag or had it lately: none, mostly one, by chance (2^-32) more. */
  find(tag: number): readonly string[];
}

/** Where a sender key belongs. */
export interface SenderKeyScope {
  /** Names the group and its epoch, 1 … 64 bytes: whatever the membership log says it is. */
  readonly epoch: Uint8Array;
  /** Ed25519 key of the device that seals with it, 32 bytes. */
  readonly senderSignKey: Uint8Array;
}

/** A frame to a group. */
export interface SealedToGroup {
  readonly frame: Uint8Array;
  /** Its place among the frames under this key, from 0. */
  readonly place: number;
  readonly next: OwnKey;
}

/**
 * The key under which this device writes to a group in one epoch. A value, with the same rules for
 * crashes as a `Channel`: `next.encode()` and the frame go to disk in one batch before the frame
 * leaves. After SENDER_KEY_FRAMES_MAX frames, after a week, and whenever a member leaves,
 * make a new one and tell it to the members through their channels.
 */
export interface OwnKey {
  readonly scope: SenderKeyScope;
  /** Frames sealed. */
  readonly sealedCount: number;
  /**
   * @param signing the device's own key, where members must not be able to pass off messages as each
   *   other's: 64 bytes more
   * @throws RatchetError("too-large" | "window-full")
   */
  seal(body: Uint8Array, seal?: Seal, signing?: SigningKey): SealedToGroup;
  /** For members, through their channels: they can read from the next frame on. Secret; 69 bytes. */
  share(): Uint8Array;
  /** For our own disk: secret. */
  encode(): Uint8Array;
}

/** What a frame to a group told. */
export interface OpenedFromGroup {
  readonly body: Uint8Array;
  readonly place: number;
  /** Whether the sender's device signed it; otherwise any member could have made it. */
  readonly signed: boolean;
  readonly next: ReceivedKey;
}

/** The key under which another device writes to a group in one epoch; a value. */
export interface ReceivedKey {
  /** 16 bytes in hexadecimal: of the key, for a `TagBook`. */
  readonly id: string;
  readonly scope: SenderKeyScope;
  /** The place from which on nothing was opened: where it begins, or behind the newest opened. */
  readonly openedCount: number;
  /** @throws RatchetError("not-ours" | "forged" | "replayed" | "malformed" | "bad-signature") */
  open(frame: Uint8Array): OpenedFromGroup;
  /** Tags of the next `max` frames that would open; all where nothing is said. */
  tags(max?: number): number[];
  /** For our own disk: secret. */
  encode(): Uint8Array;
}

/**
 * The door of this room (`index.ts` exports these as functions of the same names).
 *
 * When both devices begin at once there are two channels. Both keep both and open what comes in
 * either; each seals with the *preferred* one: the greater generation, at equal ones the greater id
 * (`isPreferred`). A channel that is not preferred may be deleted once nothing of ours in it waits
 * for an acknowledgement and 30 days have passed. Keep at most 4 channels per pair.
 */
export interface RatchetDoor {
  /**
   * A new channel to a device, without asking it: its first frames carry all that it needs. Hybrid
   * where the prekey is.
   * @throws CryptoError("bad-key" | "low-order") where the prekey cannot be used
   * @throws RatchetError("no-prekey") for a hybrid one where the kit has no KEM
   */
  beginChannel(kit: RatchetKit, options: BeginOptions): Channel;
  /**
   * Takes a first frame. Who sent it is `next.theirDhKey`, proved by the frame; whether that device
   * may write is the caller's to say before anything is kept or answered. An older generation than
   * that of a channel with the same device is a replay or came late: read it, do not answer in it.
   * @throws RatchetError("not-ours" | "no-prekey" | "expired" | "forged" | "malformed")
   */
  acceptChannel(kit: RatchetKit, options: AcceptOptions, frame: Uint8Array): FirstOpened;
  /** @throws RatchetError("restored" | "damaged") */
  loadChannel(kit: RatchetKit, bytes: Uint8Array): Channel;
  /** Whether `one` is to be sealed with rather than `other`. */
  isPreferred(one: Channel, other: Channel): boolean;
  /** undefined for what is no frame of this room. */
  readFrameHead(suite: CryptoSuite, frame: Uint8Array): FrameHead | undefined;
  makeTagBook(): TagBook;

  makeSenderKey(kit: RatchetKit, scope: SenderKeyScope): OwnKey;
  /** @throws RatchetError("restored" | "damaged"): make a new one then */
  loadSenderKey(kit: RatchetKit, scope: SenderKeyScope, bytes: Uint8Array): OwnKey;
  /** What `OwnKey.share` gave, as it came in a channel. @throws RatchetError("malformed") */
  takeSenderKey(kit: RatchetKit, scope: SenderKeyScope, shared: Uint8Array): ReceivedKey;
  /** @throws RatchetError("restored" | "damaged") */
  loadReceivedKey(kit: RatchetKit, scope: SenderKeyScope, bytes: Uint8Array): ReceivedKey;

  makePrekey(kit: RatchetKit, nowMs: number, lifetimeMs: number, oneTime: boolean): Prekey;
  /** A one-time prekey with a key of ML-KEM-768; the kit must have the KEM. */
  makeHybridPrekey(kit: RatchetKit, nowMs: number, lifetimeMs: number): Prekey;
  /** For our own disk: secret. */
  encodePrekey(prekey: Prekey): Uint8Array;
  /** @throws RatchetError("damaged") */
  decodePrekey(suite: CryptoSuite, bytes: Uint8Array): Prekey;
  /** For others, signed by the device: 102 bytes, of a hybrid one 1,286. */
  writeBundle(prekey: Prekey, device: SigningKey): Uint8Array;
  /**
   * @param signKey the device's
   * @throws RatchetError("malformed" | "bad-signature" | "expired")
   */
  readBundle(
    suite: CryptoSuite,
    bytes: Uint8Array,
    signKey: Uint8Array,
    nowMs: number,
  ): PrekeyBundle;

  /**
   * A text in fewer bytes: raw deflate with the shared dictionary, or the text itself where that is
   * not longer. Only for what people write, one message at a time: never pack a secret together
   * with text that somebody else chose, since the length tells of both.
   */
  packText(text: string): Uint8Array;
  /** @throws RatchetError("malformed" | "too-large") where it is none or unfolds to more than `maxBytes` */
  unpackText(packed: Uint8Array, maxBytes: number): string;
}
