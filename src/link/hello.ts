import { concatBytes, utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity } from "../identity/index.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import { RUN_BYTES } from "./beacon.ts";
import { HELLO_BYTES, LINK_KEY_LABEL, LINK_VERSION } from "./layout.ts";

/** Bytes of a channel id: the name of one stretch of being neighbours. */
export const CHANNEL_BYTES = 8;

/** Who speaks, inside handshake messages 2 and 3. */
export interface Hello {
  readonly signKey: Uint8Array;
  /** The sign key's vow for the Noise key that this handshake uses. */
  readonly signature: Uint8Array;
  /** Drawn at each start of the sender, as in its beacons. */
  readonly run: Uint8Array;
  /** The sender's channel id; zeros in message 2, where the answerer does not know to whom. */
  readonly channel: Uint8Array;
  /** Optional abilities, one bit each; unknown bits are ignored. */
  readonly features: number;
  /** Largest packet the sender puts together. */
  readonly packetBytesMax: number;
}

/** What a device signs to bind its Noise key. */
export function linkKeyStatement(dhPublicKey: Uint8Array): Uint8Array {
  return concatBytes(utf8(LINK_KEY_LABEL), dhPublicKey);
}

/** The vow of a local identity; the same for every handshake, so made once. */
export function signLinkKey(identity: LocalIdentity): Uint8Array {
  return identity.signKey.sign(linkKeyStatement(identity.dhKey.publicKey));
}

/** Whether a hello's vow holds for the Noise key that the handshake has proved. */
export function verifyHello(suite: CryptoSuite, hello: Hello, remoteStatic: Uint8Array): boolean {
  return suite.verify(hello.signKey, linkKeyStatement(remoteStatic), hello.signature);
}

/** The payload of handshake messages 2 and 3. */
export function encodeHello(hello: Hello): Uint8Array {
  const writer = new Writer(HELLO_BYTES).u8(LINK_VERSION).bytes(hello.signKey);
  writer.bytes(hello.signature).bytes(hello.run).bytes(hello.channel).u32(hello.features);
  return writer.u16(hello.packetBytesMax).done();
}

/**
 * Reads a payload; its signature is not checked here.
 * @throws WireError
 */
export function decodeHello(bytes: Uint8Array): Hello {
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== LINK_VERSION) throw new WireError("version", `Link version ${version}.`);
  const hello = {
    signKey: reader.bytes(32).slice(),
    signature: reader.bytes(64).slice(),
    run: reader.bytes(RUN_BYTES).slice(),
    channel: reader.bytes(CHANNEL_BYTES).slice(),
    features: reader.u32(),
    packetBytesMax: reader.u16(),
  };
  reader.end();
  return hello;
}
