import { toBase32 } from "../../base/base32.ts";
import { concatBytes, fromHex, toHex, utf8 } from "../../base/bytes.ts";
import { must, TypedError } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { KEY_BYTES } from "../../crypto/index.ts";
import {
  devicesBehind,
  type LocalIdentity,
  PERSON_WORD_BYTES_MAX,
  type PersonId,
  personIdOf,
  signForPerson,
} from "../../identity/index.ts";
import { CborArrayReader, CborArrayWriter, WireError } from "../../wire/index.ts";
import { MoneyError } from "../errors.ts";
import type { CurrencyId } from "../line-desk.ts";
import {
  CURRENCY_NAME_BYTES_MAX,
  DECIMALS_MAX,
  DEFINITION_BYTES_MAX,
  UNIT_BYTES_MAX,
} from "./limits.ts";

const VERSION = 1;
const MEMBERS = 10;
const ID_LABEL = utf8("peernet money currency v1");
const SIGN_LABEL = utf8("peernet money currency signature v1");
const ID_BYTES = 16;
const NONCE_BYTES = 16;

/** What somebody says of a currency that they issue. */
export interface CurrencyTerms {
  readonly name: string;
  /** What one of it is called, such as "hour". */
  readonly unit: string;
  /** Places behind the point, 0 … 6. */
  readonly decimals: number;
  /** The group for which the maker issues it, 32 hexadecimal digits; undefined where it is the maker's own. */
  readonly group: string | undefined;
}

/** A signed definition. Nothing in it ever changes: another one is another currency. */
export interface Currency extends CurrencyTerms {
  readonly id: CurrencyId;
  readonly maker: PersonId;
  /** Seconds since 1970 by the maker's clock. */
  readonly madeAtS: number;
  /** The definition with its signature. */
  readonly bytes: Uint8Array;
}

/** Defines and signs a currency. @throws MoneyError("bad-currency") that says what is wrong with the words */
export function makeCurrency(
  suite: CryptoSuite,
  identity: LocalIdentity,
  terms: CurrencyTerms,
  { nonce, madeAtS }: { readonly nonce: Uint8Array; readonly madeAtS: number },
): Currency {
  const { name, unit, decimals, group } = terms;
  checkWords(terms);
  const { signKey, dhKey } = identity.certificate;
  const writer = new CborArrayWriter().array(MEMBERS).uint(VERSION).text(name).text(unit);
  writer.uint(decimals).bytes(group === undefined ? new Uint8Array(0) : bytesOf(group));
  writer.bytes(signKey).bytes(dhKey).bytes(nonce).uint(madeAtS);
  const content = writer.done();
  const hash = suite.sha256(ID_LABEL, content.subarray(1));
  const word = signForPerson(identity, concatBytes(SIGN_LABEL, hash));
  return readCurrency(suite, concatBytes(content, new CborArrayWriter().bytes(word).done()));
}

/**
 * Reads a definition and checks its signature.
 * @throws MoneyError("bad-currency") for anything that its maker has not signed
 */
export function readCurrency(suite: CryptoSuite, bytes: Uint8Array): Currency {
  try {
    return read(suite, bytes);
  } catch (cause) {
    if (!(cause instanceof TypedError)) throw cause;
    if (cause instanceof MoneyError) throw cause;
    throw new MoneyError("bad-currency", "This is no definition of a currency.", { cause });
  }
}

function read(suite: CryptoSuite, bytes: Uint8Array): Currency {
  if (bytes.length > DEFINITION_BYTES_MAX) throw new WireError("too-large", "Too long.");
  const reader = new CborArrayReader(bytes);
  if (reader.array(MEMBERS) !== MEMBERS || reader.uint(255) !== VERSION) {
    throw new WireError("version", "A currency of another version. Please update Peernet.");
  }
  const name = reader.text(CURRENCY_NAME_BYTES_MAX);
  const unit = reader.text(UNIT_BYTES_MAX);
  const decimals = reader.uint(DECIMALS_MAX);
  const groupBytes = reader.bytes(0, ID_BYTES);
  const signKey = reader.bytes(KEY_BYTES).slice();
  const dhKey = reader.bytes(KEY_BYTES).slice();
  reader.bytes(NONCE_BYTES);
  const madeAtS = reader.uint(2 ** 40);
  const border = reader.at;
  const word = reader.bytes(1, PERSON_WORD_BYTES_MAX);
  reader.end();
  if (groupBytes.length !== 0 && groupBytes.length !== ID_BYTES) {
    throw new WireError("out-of-range", "A group's id has another length.");
  }
  const group = groupBytes.length === 0 ? undefined : toHex(groupBytes);
  checkWords({ name, unit, decimals, group });
  // By the content alone: one currency keeps its id whichever device of its maker has signed it.
  const hash = suite.sha256(ID_LABEL, bytes.subarray(1, border));
  const keys = { signKey, dhKey };
  if (devicesBehind(suite, keys, concatBytes(SIGN_LABEL, hash), word) === undefined) {
    throw new MoneyError("bad-currency", "A currency that nobody has signed.");
  }
  const maker = personIdOf(suite, signKey);
  return { id: toBase32(hash), name, unit, decimals, group, maker, madeAtS, bytes: bytes.slice() };
}

/** @throws MoneyError("bad-currency") */
function checkWords({ name, unit, decimals }: CurrencyTerms): void {
  if (!isPlain(name) || utf8(name).length > CURRENCY_NAME_BYTES_MAX) {
    throw new MoneyError(
      "bad-currency",
      "A currency's name has 1 to 64 bytes, without signs that hide.",
    );
  }
  if (!isPlain(unit) || utf8(unit).length > UNIT_BYTES_MAX || /[\d\s]/u.test(unit)) {
    throw new MoneyError(
      "bad-currency",
      "A unit is one word without digits, such as 'hour': 1 to 16 bytes.",
    );
  }
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > DECIMALS_MAX) {
    throw new MoneyError("bad-currency", "A currency has 0 to 6 places behind the point.");
  }
}

/** Something to read that neither hides nor turns letters round, and has no blanks at its ends. */
function isPlain(text: string): boolean {
  return text !== "" && text === text.trim() && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);
}

function bytesOf(hex: string): Uint8Array {
  return must(fromHex(hex), "ids are hexadecimal");
}
