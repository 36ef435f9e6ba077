import { concatBytes, equalBytes, fromHex, utf8 } from "../base/bytes.ts";
import { must, TypedError } from "../base/errors.ts";
import { type CryptoSuite, type DhKey, NoiseHandshake } from "../crypto/index.ts";
import type { FeedId } from "../feed/index.ts";
import type { Random } from "../ports/index.ts";
import { decodeCbor, encodeCbor, schema, Writer } from "../wire/index.ts";
import { MessagesError } from "./errors.ts";
import { SEALED_BYTES_MAX, TEXT_BYTES_MAX } from "./limits.ts";
import { checkText } from "./text.ts";

const CONTEXT = utf8("peernet message v1");

const letterSchema = schema.record({
  v: schema.literal(1),
  a: schema.integer(0, Number.MAX_SAFE_INTEGER),
  m: schema.text(TEXT_BYTES_MAX),
});

/** What is sealed inside a message entry. */
export interface Letter {
  readonly text: string;
  /** Wall-clock time of the sender, milliseconds since 1970. */
  readonly sentAtMs: number;
}

/** The one place in the world to which a sealed letter belongs. */
export interface Place {
  readonly feedId: FeedId;
  readonly seq: number;
}

/**
 * Seals a letter from person to person: Noise_X_25519_ChaChaPoly_SHA256, prologue = context,
 * feed id, seq; so it opens nowhere else.
 * @throws CryptoError("bad-key" | "low-order") where the recipient's key is none
 */
export function sealLetter(
  keys: { readonly suite: CryptoSuite; readonly random: Random; readonly from: DhKey },
  to: Uint8Array,
  place: Place,
  letter: Letter,
): Uint8Array {
  const { suite, random, from } = keys;
  return new NoiseHandshake({
    suite,
    random,
    pattern: "X",
    initiator: true,
    prologue: prologueOf(place),
    staticKey: from,
    remoteStatic: to,
  }).writeMessage(encodeCbor({ v: 1, a: letter.sentAtMs, m: letter.text }));
}

/**
 * Opens a letter and makes sure that `from` sealed it.
 * @throws MessagesError("unreadable") for anything else, with the reason as cause
 */
export function openLetter(
  keys: { readonly suite: CryptoSuite; readonly random: Random; readonly to: DhKey },
  from: Uint8Array,
  place: Place,
  sealed: Uint8Array,
): Letter {
  try {
    if (sealed.length > SEALED_BYTES_MAX) {
      throw new MessagesError("too-long", "A sealed message is too long.");
    }
    const { suite, random, to } = keys;
    const noise = new NoiseHandshake({
      suite,
      random,
      pattern: "X",
      initiator: false,
      prologue: prologueOf(place),
      staticKey: to,
    });
    const found = letterSchema(decodeCbor(noise.readMessage(sealed)), "message");
    if (noise.remoteStatic === undefined || !equalBytes(noise.remoteStatic, from)) {
      throw new MessagesError("unknown-person", "A message was sealed by somebody else.");
    }
    checkText(found.m);
    return { text: found.m, sentAtMs: found.a };
  } catch (cause) {
    if (!(cause instanceof TypedError)) throw cause;
    throw new MessagesError("unreadable", "A message could not be read.", { cause });
  }
}

function prologueOf({ feedId, seq }: Place): Uint8Array {
  const id = must(fromHex(feedId), "a feed id is hexadecimal");
  return concatBytes(CONTEXT, id, new Writer(6).u48(seq).done());
}
