import { type Reader, WireError, type Writer } from "../../wire/index.ts";
import { hexBytes, readIndices, readRoot, writeIndices } from "../fields.ts";
import { HASH_BYTES } from "../merkle.ts";
import {
  AUDIT_NONCE_BYTES,
  AUDIT_REPLY_BYTES,
  AUDIT_SEED_BYTES,
  AUDIT_WAIT_MS_MAX,
} from "./limits.ts";

/** The types of audit messages; the numbers are the bytes on the wire. */
export const AUDIT_TYPE = {
  challenge: 20,
  commitment: 21,
  declined: 22,
  reveal: 23,
  proof: 24,
} as const;

/** What an auditor asks about fragments of one object. */
export interface Challenge {
  readonly root: string;
  /** What the coefficients follow from; 32 bytes. */
  readonly seed: Uint8Array;
  /** Bytes per fragment and layer of the reply: a power of two, 1 to 64. */
  readonly width: number;
  /** Ascending; none twice. */
  readonly indices: readonly number[];
}

/** What auditors and holders say to each other. Byte fields are views of the message. */
export type AuditMessage =
  | ({ readonly t: "challenge" } & Challenge)
  /** The holder has summed these up (what lacks it has lost), and answers for the hash. */
  | {
      readonly t: "commitment";
      readonly indices: readonly number[];
      readonly hash: Uint8Array;
    }
  /** Not now: ask again after this long. */
  | { readonly t: "declined"; readonly waitMs: number }
  | { readonly t: "reveal" }
  /** What was committed to. */
  | { readonly t: "proof"; readonly nonce: Uint8Array; readonly reply: Uint8Array };

/** Writes what follows the type. */
export function writeAuditBody(writer: Writer, message: AuditMessage): void {
  switch (message.t) {
    case "challenge":
      writer.bytes(hexBytes(message.root)).bytes(message.seed).u8(message.width);
      writeIndices(writer, message.indices);
      break;
    case "commitment":
      writeIndices(writer, message.indices);
      writer.bytes(message.hash);
      break;
    case "declined":
      writer.u32(message.waitMs);
      break;
    case "proof":
      writer.bytes(message.nonce).bytes(message.reply);
      break;
    case "reveal":
      break;
  }
}

/** How the bodies are read, by type. */
export const AUDIT_READERS: readonly (readonly [number, (reader: Reader) => AuditMessage])[] = [
  [AUDIT_TYPE.challenge, readChallenge],
  [
    AUDIT_TYPE.commitment,
    (r: Reader): AuditMessage => ({
      t: "commitment",
      indices: readIndices(r),
      hash: r.bytes(HASH_BYTES),
    }),
  ],
  [AUDIT_TYPE.declined, (r: Reader): AuditMessage => ({ t: "declined", waitMs: readWait(r) })],
  [AUDIT_TYPE.reveal, (): AuditMessage => ({ t: "reveal" })],
  [
    AUDIT_TYPE.proof,
    (r: Reader): AuditMessage => ({
      t: "proof",
      nonce: r.bytes(AUDIT_NONCE_BYTES),
      reply: readReply(r),
    }),
  ],
];

function readChallenge(reader: Reader): AuditMessage {
  const root = readRoot(reader);
  const seed = reader.bytes(AUDIT_SEED_BYTES);
  const width = reader.u8();
  const indices = readIndices(reader);
  const isPower = width > 0 && (width & (width - 1)) === 0;
  if (!isPower || width > AUDIT_REPLY_BYTES || indices.length * width > AUDIT_REPLY_BYTES) {
    throw new WireError("out-of-range", "A challenge asks for a longer answer than is given.");
  }
  if (indices.length === 0) {
    throw new WireError("out-of-range", "A challenge is about no fragment at all.");
  }
  return { t: "challenge", root, seed, width, indices };
}

function readWait(reader: Reader): number {
  const waitMs = reader.u32();
  if (waitMs <= AUDIT_WAIT_MS_MAX) return waitMs;
  throw new WireError("out-of-range", "A refusal asks for a longer wait than is allowed.");
}

function readReply(reader: Reader): Uint8Array {
  if (reader.left <= AUDIT_REPLY_BYTES) return reader.rest();
  throw new WireError("too-large", "An answer to a challenge is longer than any is.");
}
