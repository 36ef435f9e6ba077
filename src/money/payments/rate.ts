import { concatBytes, utf8 } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import { type CryptoSuite, KEY_BYTES } from "../../crypto/index.ts";
import {
  devicesBehind,
  type LocalIdentity,
  PERSON_WORD_BYTES_MAX,
  type PersonId,
  personIdOf,
  signForPerson,
} from "../../identity/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { AMOUNT_MAX, isAmount } from "../amount.ts";
import { MoneyError } from "../errors.ts";
import type { CurrencyId } from "../line-desk.ts";
import { QUOTE_BYTES_MAX, RATE_LIFE_MAX_MS, RATE_TERM_MAX } from "./limits.ts";

const CONTEXT = utf8("peernet rate v1");
const TAG_BYTES = 3;
const CURRENCY_CHARS_MAX = 64;

/** What somebody gives in one currency for another: `numerator` out for each `denominator` in. */
export interface Rate {
  readonly from: CurrencyId;
  readonly to: CurrencyId;
  readonly numerator: number;
  readonly denominator: number;
  /** Wall-clock time, milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** A rate with the word of who gives it. */
export interface Quote extends Rate {
  readonly by: PersonId;
  /** Names the quote in onions. */
  readonly tag: Uint8Array;
  readonly bytes: Uint8Array;
}

const bodySchema = schema.record({
  v: schema.literal(1),
  d: schema.integer(1, RATE_TERM_MAX),
  f: schema.text(CURRENCY_CHARS_MAX),
  k: schema.bytes(KEY_BYTES),
  n: schema.integer(1, RATE_TERM_MAX),
  p: schema.bytes(KEY_BYTES),
  t: schema.text(CURRENCY_CHARS_MAX),
  x: schema.integer(0, Number.MAX_SAFE_INTEGER),
});

const wholeSchema = schema.record({
  b: schema.bytes(1, QUOTE_BYTES_MAX),
  w: schema.bytes(1, PERSON_WORD_BYTES_MAX),
});

/**
 * Signs a rate.
 * @throws MoneyError("bad-amount") where a term is no whole number of 1 … RATE_TERM_MAX, both
 *   currencies are the same, or it is valid for more than a week
 */
export function signQuote(
  suite: CryptoSuite,
  identity: LocalIdentity,
  rate: Rate,
  nowMs: number,
): Quote {
  const terms = [rate.numerator, rate.denominator];
  const isWhole = terms.every((term) => isAmount(term) && term <= RATE_TERM_MAX);
  if (!isWhole || rate.from === rate.to || rate.expiresAtMs > nowMs + RATE_LIFE_MAX_MS) {
    throw new MoneyError(
      "bad-amount",
      `A rate is between two currencies, as two whole numbers of 1 to ${RATE_TERM_MAX}, for a week at most.`,
    );
  }
  const body = encodeCbor({
    v: 1,
    d: rate.denominator,
    f: rate.from,
    k: identity.person.signKey.publicKey,
    n: rate.numerator,
    p: identity.person.dhKey.publicKey,
    t: rate.to,
    x: rate.expiresAtMs,
  });
  const word = signForPerson(identity, concatBytes(CONTEXT, body));
  return decodeQuote(suite, encodeCbor({ b: body, w: word }));
}

/**
 * Reads a quote and checks its signature; whether it has expired is the caller's to see.
 * @throws MoneyError("bad-signature")
 */
export function decodeQuote(suite: CryptoSuite, bytes: Uint8Array): Quote {
  try {
    if (bytes.length > QUOTE_BYTES_MAX) throw unsigned();
    const { b, w } = wholeSchema(decodeCbor(bytes), "quote");
    const { d, f, k, n, p, t, x } = bodySchema(decodeCbor(b), "quote");
    const signed = concatBytes(CONTEXT, b);
    if (f === t || devicesBehind(suite, { signKey: k, dhKey: p }, signed, w) === undefined) {
      throw unsigned();
    }
    return {
      from: f,
      to: t,
      numerator: n,
      denominator: d,
      expiresAtMs: x,
      by: personIdOf(suite, k),
      tag: suite.sha256(CONTEXT, b).subarray(0, TAG_BYTES),
      bytes,
    };
  } catch (cause) {
    if (!(cause instanceof TypedError)) throw cause;
    throw cause instanceof MoneyError ? cause : unsigned(cause);
  }
}

/**
 * What comes out for `amount`, rounded down: never worth more than what went in, and less by
 * less than one unit. 0 where nothing would be left.
 */
export function exchanged(rate: Pick<Rate, "numerator" | "denominator">, amount: number): number {
  const out = (BigInt(amount) * BigInt(rate.numerator)) / BigInt(rate.denominator);
  return out > BigInt(AMOUNT_MAX) ? 0 : Number(out);
}

/** The least that has to go in for `amount` to come out; 0 where that is more than can be paid. */
export function neededFor(rate: Pick<Rate, "numerator" | "denominator">, amount: number): number {
  const numerator = BigInt(rate.numerator);
  const needed = (BigInt(amount) * BigInt(rate.denominator) + numerator - 1n) / numerator;
  return needed > BigInt(AMOUNT_MAX) ? 0 : Number(needed);
}

type Terms = Pick<Rate, "from" | "to" | "numerator" | "denominator">;

/**
 * Whether somebody who changes at this rate, and then at others of the same person until the first currency is back, may
 * end up with more than before: there and back, or round over several.
 * @param others what this person quotes besides; one of the same two currencies is replaced
 */
export function isGainOfRound(rate: Terms, others: Iterable<Terms>): boolean {
  const steps = [...others].filter(({ from, to }) => from !== rate.from || to !== rate.to);
  /** The most that one of the first currency becomes in each, as a fraction. */
  let best = new Map([[rate.to, fractionOf(rate)]]);
  // As many steps as there are rates: a way never goes on from where it began, nor uses one twice to gain.
  for (let length = 0; length < steps.length; length++) {
    const next = new Map(best);
    for (const step of steps) {
      const before = step.from === rate.from ? undefined : best.get(step.from);
      if (before === undefined) continue;
      const [numerator, denominator] = fractionOf(step);
      const there = [before[0] * numerator, before[1] * denominator] as const;
      const known = next.get(step.to);
      if (known === undefined || there[0] * known[1] > known[0] * there[1]) {
        next.set(step.to, there);
      }
    }
    best = next;
  }
  const [out, into] = best.get(rate.from) ?? [0n, 1n];
  return out > into;
}

function fractionOf({ denominator, numerator }: Terms): readonly [bigint, bigint] {
  return [BigInt(numerator), BigInt(denominator)];
}

function unsigned(cause?: unknown): MoneyError {
  return new MoneyError("bad-signature", "This rate is not signed by who is said to give it.", {
    cause,
  });
}
