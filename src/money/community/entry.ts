import { concatBytes, toHex, utf8 } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import {
  type CryptoSuite,
  KEY_BYTES,
  SIGNATURE_BYTES,
  type SigningKey,
} from "../../crypto/index.ts";
import { PROOF_BYTES, PROOF_BYTES_MAX } from "../../identity/index.ts";
import { CborArrayReader, CborArrayWriter, WireError } from "../../wire/index.ts";
import { AMOUNT_MAX } from "../amount.ts";
import { MoneyError } from "../errors.ts";
import { HASH_BYTES, ID_BYTES, idBytes, optionalId } from "./hex.ts";
import { ENTRY_BYTES_MAX, FACTS_MAX, MEMO_BYTES_MAX, TAKES_MAX } from "./limits.ts";
import type { Entry, EntryBody, Slip } from "./types.ts";

const VERSION = 1;
const MEMBERS = 8;
const KINDS = ["open", "pay", "takeover", "gather"] as const;
const ID_LABEL = utf8("peernet community entry v1");
const SIGN_LABEL = utf8("peernet community entry signature v1");
const SLIP_LABEL = utf8("peernet community slip v1");
const TIME_MAX = 2 ** 40;
const SECONDS_PER_DAY = 86_400;

/** An entry before it is signed. */
export type EntryDraft = Omit<Entry, "id" | "content">;

/** Signs an entry with the member's device. */
export function makeEntry(suite: CryptoSuite, key: SigningKey, draft: EntryDraft): Entry {
  const { account, number, prev, rules, atS, takes, body } = draft;
  const writer = new CborArrayWriter().array(MEMBERS).uint(VERSION).bytes(idBytes(account));
  writer.uint(number).bytes(idBytes(prev)).bytes(idBytes(rules)).uint(atS).array(takes.length);
  for (const take of takes) writer.bytes(idBytes(take));
  writeBody(writer, body);
  const bare = writer.done();
  return readEntry(suite, concatBytes(bare, key.sign(concatBytes(SIGN_LABEL, bare))));
}

function writeBody(writer: CborArrayWriter, body: EntryBody): void {
  const kind = KINDS.indexOf(body.t);
  if (body.t === "pay") {
    writer.array(4).uint(kind).bytes(idBytes(body.to)).uint(body.amount).text(body.memo);
  } else if (body.t === "gather") writer.array(1).uint(kind);
  else writer.array(3).uint(kind).bytes(body.key).bytes(body.proof);
}

/** Reads an entry; its signature is not looked at. @throws MoneyError("bad-entry") */
export function readEntry(suite: CryptoSuite, content: Uint8Array): Entry {
  try {
    if (content.length > ENTRY_BYTES_MAX) throw new WireError("too-large", "Too long.");
    return read(suite, content);
  } catch (cause) {
    if (!(cause instanceof TypedError) || cause.code === "bad-entry") throw cause;
    throw new MoneyError("bad-entry", "This is no entry of an account.", { cause });
  }
}

function read(suite: CryptoSuite, content: Uint8Array): Entry {
  const bare = content.subarray(0, Math.max(0, content.length - SIGNATURE_BYTES));
  const reader = new CborArrayReader(bare);
  if (reader.array(MEMBERS) !== MEMBERS || reader.uint(255) !== VERSION) {
    throw new WireError("version", "An entry of another version. Please update Peernet.");
  }
  const account = toHex(reader.bytes(ID_BYTES));
  const number = reader.uint(FACTS_MAX);
  const prev = optionalId(reader.bytes(0, HASH_BYTES), HASH_BYTES);
  const rules = toHex(reader.bytes(HASH_BYTES));
  const atS = reader.uint(TIME_MAX);
  const takes = Array.from({ length: reader.array(TAKES_MAX) }, () =>
    toHex(reader.bytes(HASH_BYTES)),
  );
  const body = readBody(reader);
  reader.end();
  if (number === 0 || (number === 1) !== (prev === "") || (number === 1) !== (body.t === "open")) {
    throw new WireError("out-of-range", "An entry whose number does not fit.");
  }
  if (new Set(takes).size !== takes.length || (body.t === "pay" && body.to === account)) {
    throw new WireError("out-of-range", "An entry that pays or takes twice.");
  }
  const id = toHex(suite.sha256(ID_LABEL, bare));
  return { id, account, number, prev, rules, atS, takes, body, content: content.slice() };
}

function readBody(reader: CborArrayReader): EntryBody {
  const members = reader.array(4);
  const t = KINDS[reader.uint(255)];
  if (t === undefined) throw new WireError("version", "An entry of a kind not known here.");
  if (members !== { open: 3, pay: 4, takeover: 3, gather: 1 }[t]) {
    throw new WireError("malformed", "An entry with other members.");
  }
  if (t === "gather") return { t };
  if (t === "pay") {
    const to = toHex(reader.bytes(ID_BYTES));
    const amount = reader.uint(AMOUNT_MAX);
    if (amount === 0) throw new WireError("out-of-range", "An entry that pays nothing.");
    return { t, to, amount, memo: reader.text(MEMO_BYTES_MAX) };
  }
  const key = reader.bytes(KEY_BYTES).slice();
  return { t, key, proof: reader.bytes(PROOF_BYTES, PROOF_BYTES_MAX).slice() };
}

/** Whether the device has signed the entry. */
export function isSignedBy(suite: CryptoSuite, entry: Entry, key: Uint8Array): boolean {
  const border = entry.content.length - SIGNATURE_BYTES;
  const message = concatBytes(SIGN_LABEL, entry.content.subarray(0, border));
  return suite.verify(key, message, entry.content.subarray(border));
}

/** The day of an entry since 1970. */
export function dayOf({ atS }: Pick<Entry, "atS">): number {
  return Math.floor(atS / SECONDS_PER_DAY);
}

/** A teller answers for an entry. */
export function makeSlip(key: SigningKey, teller: string, entry: Entry): Slip {
  return { entry, teller, signature: key.sign(concatBytes(SLIP_LABEL, idBytes(entry.id))) };
}

/** Whether the teller's device has signed it. */
export function isSlipOf(suite: CryptoSuite, slip: Slip, key: Uint8Array): boolean {
  return suite.verify(key, concatBytes(SLIP_LABEL, idBytes(slip.entry.id)), slip.signature);
}

/** A slip as bytes. */
export function encodeSlip({ entry, teller, signature }: Slip): Uint8Array {
  const writer = new CborArrayWriter(512).array(3);
  return writer.bytes(entry.content).bytes(idBytes(teller)).bytes(signature).done();
}

/** @throws MoneyError("bad-entry"), WireError */
export function decodeSlip(suite: CryptoSuite, bytes: Uint8Array): Slip {
  const reader = new CborArrayReader(bytes);
  if (reader.array(3) !== 3) throw new WireError("malformed", "This is no slip.");
  const entry = readEntry(suite, reader.bytes(1, ENTRY_BYTES_MAX));
  const teller = toHex(reader.bytes(ID_BYTES));
  const signature = reader.bytes(SIGNATURE_BYTES).slice();
  reader.end();
  return { entry, teller, signature };
}
