import { TypedError } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import { MoneyError } from "../errors.ts";
import type { Invoice } from "../payments/index.ts";
import { decodeInvoice } from "../payments/invoice.ts";
import { DEVICES_ASKED_MAX } from "./limits.ts";
import { payerWords } from "./payer-words.ts";
import type { InvoiceAsk, NoReason } from "./protocol.ts";
import type { Questions } from "./questions.ts";

/** What asking a contact for a request needs. */
export interface AskingOptions {
  readonly suite: CryptoSuite;
  readonly questions: Pick<Questions, "ask">;
  /** Devices of a person that are in reach, the likeliest first. */
  readonly devicesOf: (person: PersonId) => readonly PeerId[];
}

/** What comes of it: exactly one of the two. */
export type AskedInvoice = (error: MoneyError | null, invoice: Invoice | null) => void;

/**
 * Asks a contact's devices for a request of just so much, one after another until one gives it; what it
 * says is held against what was asked for.
 * Errors: "unreachable", "no-route" where they cannot be paid so, "busy", "bad-invoice".
 */
export function askForInvoice(
  { devicesOf, questions, suite }: AskingOptions,
  person: PersonId,
  question: InvoiceAsk,
  done: AskedInvoice,
): void {
  const devices = devicesOf(person).slice(0, DEVICES_ASKED_MAX);
  let refusal = devices.length === 0 ? refusals.away() : refusals.silent();
  const next = (at: number): void => {
    const device = devices[at];
    if (device === undefined) {
      done(refusal, null);
      return;
    }
    questions.ask(device, question, (answer) => {
      if (answer?.t === "invoice") {
        const read = readAsked(suite, answer.bytes, person, question);
        if (read instanceof MoneyError) refusal = read;
        else {
          done(null, read);
          return;
        }
      } else if (answer?.t === "no") refusal = refusals.no(answer.reason);
      next(at + 1);
    });
  };
  next(0);
}

/** The request, if it is what was asked for and of whom. */
function readAsked(
  suite: CryptoSuite,
  bytes: Uint8Array,
  person: PersonId,
  { amount, currency, memo }: InvoiceAsk,
): Invoice | MoneyError {
  try {
    const invoice = decodeInvoice(suite, bytes);
    const isSame =
      invoice.payee === person &&
      invoice.amount === amount &&
      invoice.currency === currency &&
      invoice.memo === payerWords(memo);
    return isSame ? invoice : refusals.other();
  } catch (error) {
    if (error instanceof MoneyError) return error;
    if (!(error instanceof TypedError)) throw error;
    return refusals.other();
  }
}

const NO: Readonly<Record<NoReason, string>> = {
  stranger:
    "They do not know you as a contact they have met, so their device gives you no request by itself. Ask them for one: 'peernet request'.",
  off: "Their device gives no requests by itself. Ask them for one: 'peernet request' makes a link that you can pay.",
  currency:
    "They have no line in this currency, so nobody can pay them in it. Offer them one ('peernet line offer'), or pay in a currency of theirs.",
  "no-room":
    "Their lines have no room for that much: those who would owe it to them have reached their limits. Pay less, or ask them to raise a limit.",
  "too-many":
    "Too many requests that their device gave you are still open. Wait some minutes, or ask them for one yourself.",
  busy: "Their device could not give a request now. Try again in a moment.",
};

const refusals = {
  away: () =>
    new MoneyError(
      "unreachable",
      "You have no line with them in this currency, and they are out of reach: to be paid over others, their device has to be asked first. Nothing was paid. Try again when they are in reach, or ask them for a request ('peernet request'): a link can be paid while they are away, too.",
    ),
  silent: () =>
    new MoneyError(
      "unreachable",
      "Their device did not answer, so nothing was paid. It may be out of reach again, or too old to be paid over others. Try again later, or ask them for a request ('peernet request').",
    ),
  no: (reason: NoReason) =>
    new MoneyError(reason === "busy" || reason === "too-many" ? "busy" : "no-route", NO[reason]),
  other: () =>
    new MoneyError(
      "bad-invoice",
      "Their device asked for something else than you wanted to pay. Nothing was paid.",
    ),
};
