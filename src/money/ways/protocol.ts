import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { AMOUNT_MAX } from "../amount.ts";
import { INVOICE_BYTES_MAX, INVOICE_MEMO_BYTES_MAX } from "../payments/limits.ts";
import { CURRENCY_CHARS_MAX } from "../routing/limits.ts";
import { decodeRoutingMessage, encodeRoutingMessage } from "../routing/messages.ts";
import type { Hint, HintAsk } from "../routing/types.ts";

/** Name of the session service for questions about ways and requests for money. */
export const WAYS_SERVICE = "money-ways";

/** Why somebody gives no request. */
export const NO_REASONS = ["stranger", "off", "currency", "no-room", "too-many", "busy"] as const;

/** One of NO_REASONS. */
export type NoReason = (typeof NO_REASONS)[number];

/** Asks a contact for a request for money, to pay it at once. */
export interface InvoiceAsk {
  readonly t: "ask-invoice";
  readonly currency: string;
  readonly amount: number;
  readonly memo: string;
}

/** What is asked. */
export type WaysQuestion = HintAsk | InvoiceAsk;

/** What is answered. */
export type WaysAnswer =
  | Hint
  | { readonly t: "invoice"; readonly bytes: Uint8Array }
  | { readonly t: "no"; readonly reason: NoReason };

const askSchema = schema.record({
  t: schema.literal("ask-invoice"),
  c: schema.text(CURRENCY_CHARS_MAX),
  a: schema.integer(1, AMOUNT_MAX),
  m: schema.text(INVOICE_MEMO_BYTES_MAX),
});
const answerSchema = schema.union({
  invoice: schema.record({
    t: schema.literal("invoice"),
    b: schema.bytes(1, INVOICE_BYTES_MAX),
  }),
  no: schema.record({ t: schema.literal("no"), r: schema.oneOf(...NO_REASONS) }),
});

/** Bytes of a question. */
export function encodeQuestion(question: WaysQuestion): Uint8Array {
  if (question.t === "ask-hint") return encodeRoutingMessage(question);
  const { t, currency: c, amount: a, memo: m } = question;
  return encodeCbor({ t, c, a, m });
}

/** The question of these bytes. @throws WireError for anything else */
export function decodeQuestion(bytes: Uint8Array): WaysQuestion | undefined {
  const value = decodeCbor(bytes);
  if (kindOf(value) === "ask-invoice") {
    const { t, c, a, m } = askSchema(value, "question");
    return { t, currency: c, amount: a, memo: m };
  }
  const message = decodeRoutingMessage(bytes);
  return message.t === "ask-hint" ? message : undefined;
}

/** Bytes of an answer. */
export function encodeAnswer(answer: WaysAnswer): Uint8Array {
  if (answer.t === "hint") return encodeRoutingMessage(answer);
  if (answer.t === "no") return encodeCbor({ t: answer.t, r: answer.reason });
  return encodeCbor({ t: answer.t, b: answer.bytes });
}

/** The answer of these bytes. @throws WireError for anything else */
export function decodeAnswer(bytes: Uint8Array): WaysAnswer | undefined {
  const value = decodeCbor(bytes);
  if (kindOf(value) !== "hint") {
    const found = answerSchema(value, "answer");
    return found.t === "no" ? { t: "no", reason: found.r } : { t: "invoice", bytes: found.b };
  }
  const message = decodeRoutingMessage(bytes);
  return message.t === "hint" ? message : undefined;
}

function kindOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "t" in value ? value.t : undefined;
}
