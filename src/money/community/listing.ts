import { isBlank } from "../../base/blank.ts";
import { concatBytes, toHex, utf8 } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import { type CryptoSuite, KEY_BYTES, SIGNATURE_BYTES } from "../../crypto/index.ts";
import {
  type LocalIdentity,
  PROOF_BYTES,
  PROOF_BYTES_MAX,
  personOfProof,
  proofOf,
} from "../../identity/index.ts";
import { CborArrayReader, CborArrayWriter, WireError } from "../../wire/index.ts";
import { AMOUNT_MAX } from "../amount.ts";
import { MoneyError } from "../errors.ts";
import { ID_BYTES, idBytes } from "./hex.ts";
import { LISTING_DAYS_MAX, LISTING_TEXT_BYTES_MAX, LISTING_TITLE_BYTES_MAX } from "./limits.ts";
import type { Listing } from "./types.ts";

const VERSION = 1;
const MEMBERS = 11;
const LABEL = utf8("peernet community listing v1");
const TIME_MAX = 2 ** 40;
/** Bytes of an offer or want with its author's certificate. */
export const LISTING_BYTES_MAX: number = 1_024 + PROOF_BYTES_MAX;
const SECONDS_PER_DAY = 86_400;

/** Signs an offer or want. @throws MoneyError("bad-entry") that says what is wrong with it */
export function makeListing(
  suite: CryptoSuite,
  identity: LocalIdentity,
  listing: Omit<Listing, "by" | "bytes">,
): Listing {
  const { community, id, kind, title, text, price, atS, untilS } = listing;
  if (isBlank(title) || utf8(title).length > LISTING_TITLE_BYTES_MAX) {
    throw new MoneyError(
      "bad-entry",
      `What it is has 1 to ${LISTING_TITLE_BYTES_MAX} bytes; say more with --text.`,
    );
  }
  if (utf8(text).length > LISTING_TEXT_BYTES_MAX) {
    throw new MoneyError("bad-entry", `The text has at most ${LISTING_TEXT_BYTES_MAX} bytes.`);
  }
  if (untilS > atS + LISTING_DAYS_MAX * SECONDS_PER_DAY) {
    throw new MoneyError("bad-entry", `It can stand for ${LISTING_DAYS_MAX} days at most.`);
  }
  const writer = new CborArrayWriter(1_024).array(MEMBERS).uint(VERSION);
  writer
    .bytes(idBytes(community))
    .bytes(idBytes(id))
    .uint(kind === "offer" ? 0 : 1);
  writer.text(title).text(text).uint(price).uint(atS).uint(untilS);
  writer.bytes(identity.signKey.publicKey).bytes(proofOf(identity.certificate));
  const bare = writer.done();
  return readListing(suite, concatBytes(bare, identity.signKey.sign(concatBytes(LABEL, bare))));
}

/** Reads an offer or want and checks its signature. @throws MoneyError("bad-entry") */
export function readListing(suite: CryptoSuite, bytes: Uint8Array): Listing {
  try {
    return read(suite, bytes);
  } catch (cause) {
    if (!(cause instanceof TypedError) || cause.code === "bad-entry") throw cause;
    throw new MoneyError("bad-entry", "This is no offer or want.", { cause });
  }
}

function read(suite: CryptoSuite, bytes: Uint8Array): Listing {
  if (bytes.length > LISTING_BYTES_MAX) throw new WireError("too-large", "Too long.");
  const border = Math.max(0, bytes.length - SIGNATURE_BYTES);
  const bare = bytes.subarray(0, border);
  const reader = new CborArrayReader(bare);
  if (reader.array(MEMBERS) !== MEMBERS || reader.uint(255) !== VERSION) {
    throw new WireError("version", "An offer of another version. Please update Peernet.");
  }
  const community = toHex(reader.bytes(ID_BYTES));
  const id = toHex(reader.bytes(ID_BYTES));
  const kind = reader.uint(1) === 0 ? "offer" : "want";
  const title = reader.text(LISTING_TITLE_BYTES_MAX);
  const text = reader.text(LISTING_TEXT_BYTES_MAX);
  const price = reader.uint(AMOUNT_MAX);
  const [atS, untilS] = [reader.uint(TIME_MAX), reader.uint(TIME_MAX)];
  const key = reader.bytes(KEY_BYTES);
  const by = personOfProof(suite, key, reader.bytes(PROOF_BYTES, PROOF_BYTES_MAX));
  reader.end();
  const isSigned = suite.verify(key, concatBytes(LABEL, bare), bytes.subarray(border));
  const isLong = untilS > atS + LISTING_DAYS_MAX * SECONDS_PER_DAY;
  if (by === undefined || !isSigned || isLong) {
    throw new MoneyError("bad-entry", "An offer that its author has not signed.");
  }
  return { id, community, by, kind, title, text, price, atS, untilS, bytes: bytes.slice() };
}
