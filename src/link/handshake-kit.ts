import { equalBytes, NO_BYTES, utf8 } from "../base/bytes.ts";
import { CryptoError, NoiseHandshake } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import { WireError } from "../wire/index.ts";
import { FRAME_BYTES_MAX } from "../wire/limits.ts";
import type { LinkContext, Way } from "./context.ts";
import { decodeHello, encodeHello, type Hello, signLinkKey, verifyHello } from "./hello.ts";
import { PROLOGUE_TEXT } from "./layout.ts";
import type { Link } from "./link.ts";

/** What handshakes need to know and tell. */
export interface HandshakeHooks {
  /** Whether a link uses this index. */
  indexTaken(index: number): boolean;
  /** The channel id we have for a neighbour, if it is one. */
  channelOf(peer: PeerId): Uint8Array | undefined;
  /** Somebody else's handshake is complete; they wait for a welcome. */
  onAnswered(link: Link, ownChannel: Uint8Array, theirChannel: Uint8Array): void;
  /** A handshake of ours came to nothing. */
  onFailed(way: Way): void;
}

/** What both roles of a handshake share. */
export class HandshakeKit {
  readonly context: LinkContext;
  readonly #vow: Uint8Array;

  constructor(context: LinkContext) {
    this.context = context;
    this.#vow = signLinkKey(context.identity);
  }

  /** A fresh Noise state. */
  noise(initiator: boolean): NoiseHandshake {
    const { suite, identity, random } = this.context;
    const prologue = utf8(PROLOGUE_TEXT);
    const staticKey = identity.dhKey;
    return new NoiseHandshake({ suite, pattern: "XX", initiator, prologue, staticKey, random });
  }

  /** Our payload of messages 2 and 3. */
  hello(channel: Uint8Array): Uint8Array {
    const { identity, run } = this.context;
    return encodeHello({
      signKey: identity.signKey.publicKey,
      signature: this.#vow,
      run,
      channel,
      features: this.context.features,
      packetBytesMax: FRAME_BYTES_MAX,
    });
  }

  /** The proven payload of a handshake message, or undefined where anything about it is wrong. */
  read(noise: NoiseHandshake, message: Uint8Array): Hello | undefined {
    try {
      const hello = decodeHello(noise.readMessage(message));
      const { suite, identity } = this.context;
      const self = equalBytes(hello.signKey, identity.signKey.publicKey);
      if (!self && verifyHello(suite, hello, noise.remoteStatic ?? NO_BYTES)) return hello;
      this.context.stats.droppedForged += 1;
    } catch (error) {
      this.refuse(error);
    }
    return undefined;
  }

  /** Counts what strangers may cause; anything else is a fault of ours and goes on. */
  refuse(error: unknown): void {
    if (!(error instanceof CryptoError) && !(error instanceof WireError)) throw error;
    this.context.stats.droppedForged += 1;
  }

  /** Sends a handshake message. */
  send({ transport, endpoint }: Way, frame: Uint8Array): void {
    this.context.stats.framesSent += 1;
    this.context.stats.bytesSent += frame.length;
    transport.send(endpoint, frame);
  }
}
