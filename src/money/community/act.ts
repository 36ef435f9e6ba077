import { toHex, utf8 } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { CborArrayReader, CborArrayWriter, WireError } from "../../wire/index.ts";
import { AMOUNT_MAX } from "../amount.ts";
import { MoneyError } from "../errors.ts";
import { HASH_BYTES, ID_BYTES, idBytes } from "./hex.ts";
import { ACT_BYTES_MAX, MEMO_BYTES_MAX } from "./limits.ts";
import type { Act } from "./types.ts";

const VERSION = 1;
const MEMBERS = 9;
const KINDS = ["spend", "cover"] as const;
const LABEL = utf8("peernet community act v1");
const TIME_MAX = 2 ** 40;

/** What stewards are to do by hand. @throws MoneyError("bad-entry") */
export function makeAct(
  suite: CryptoSuite,
  act: Omit<Act, "id" | "content">,
  nonce: Uint8Array,
): Act {
  const writer = new CborArrayWriter().array(MEMBERS).uint(VERSION).bytes(idBytes(act.rules));
  writer.bytes(nonce).uint(act.atS).uint(KINDS.indexOf(act.t));
  writer.bytes(idBytes(act.from)).bytes(idBytes(act.to)).uint(act.amount).text(act.memo);
  return readAct(suite, writer.done());
}

/** @throws MoneyError("bad-entry") */
export function readAct(suite: CryptoSuite, content: Uint8Array): Act {
  try {
    return read(suite, content);
  } catch (cause) {
    if (!(cause instanceof TypedError) || cause.code === "bad-entry") throw cause;
    throw new MoneyError("bad-entry", "This is no act of stewards.", { cause });
  }
}

function read(suite: CryptoSuite, content: Uint8Array): Act {
  if (content.length > ACT_BYTES_MAX) throw new WireError("too-large", "Too long.");
  const reader = new CborArrayReader(content);
  if (reader.array(MEMBERS) !== MEMBERS || reader.uint(255) !== VERSION) {
    throw new WireError("version", "An act of another version. Please update Peernet.");
  }
  const rules = toHex(reader.bytes(HASH_BYTES));
  reader.bytes(ID_BYTES);
  const atS = reader.uint(TIME_MAX);
  const t = KINDS[reader.uint(255)];
  const [from, to] = [toHex(reader.bytes(ID_BYTES)), toHex(reader.bytes(ID_BYTES))];
  const amount = reader.uint(AMOUNT_MAX);
  const memo = reader.text(MEMO_BYTES_MAX);
  reader.end();
  if (t === undefined || amount === 0 || from === to) {
    throw new WireError("out-of-range", "An act that moves nothing.");
  }
  const id = toHex(suite.sha256(LABEL, content));
  return { id, rules, atS, t, from, to, amount, memo, content: content.slice() };
}
