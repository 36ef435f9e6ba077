import { fromUtf8, utf8 } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import { Reader, Writer } from "../../wire/index.ts";
import { AMOUNT_MAX, isAmount } from "../amount.ts";
import type { CurrencyId } from "../line-desk.ts";
import { HOPS_MAX, QUOTE_BYTES_MAX } from "./limits.ts";
import { isOnionLength } from "./onion.ts";

/** Bytes of a lock's id, which a reservation has before it. */
export const LOCK_ID_BYTES = 16;

const [RESERVE, ANSWER, LET_GO, QUOTE, NO_QUOTE] = [0x70, 0x71, 0x72, 0x73, 0x74] as const;
const CURRENCY_CHARS_MAX = 64;
/** Reason and number of amounts are one byte: 16 of each. */
const COUNT_STEP = 16;

/** Why a reservation is refused or a lock let go: the place in this list is what is sent. */
export const REASONS = [
  "ok",
  "unreadable",
  "no-line",
  "limit",
  "busy",
  "lapsed",
  "rate",
  "expired",
  "unknown",
  "paid",
  "let-go",
  "too-far",
  "other",
] as const;

/** One of REASONS. */
export type Reason = (typeof REASONS)[number];

/** What line partners tell each other about payments; it owes nothing, and may be lost. */
export type PaymentMessage =
  | {
      readonly t: "reserve";
      readonly id: Uint8Array;
      readonly amount: number;
      /** Who has less refuses: 1 … amount. */
      readonly least: number;
      readonly onion: Uint8Array;
    }
  | {
      readonly t: "answer";
      readonly id: Uint8Array;
      readonly reason: Reason;
      /** What was held free on each line, the nearest first, none more than the one before: as far as it came. */
      readonly granted: readonly number[];
    }
  | { readonly t: "let-go"; readonly id: Uint8Array }
  | {
      readonly t: "quote";
      /** As `signQuote` made it. */
      readonly quote: Uint8Array;
      /** Of the currency that it gives. */
      readonly definition: Uint8Array;
    }
  | { readonly t: "no-quote"; readonly to: CurrencyId };

/** A reason as it came from somebody: what is not known is "other". */
export function reasonOf(text: string): Reason {
  return REASONS.find((reason) => reason === text) ?? "other";
}

/** Whether something told is for this room. */
export function isPaymentMessage(bytes: Uint8Array): boolean {
  const [type = 0] = bytes;
  return type >= RESERVE && type <= NO_QUOTE;
}

/** Room for many reservations, which are told at once and kept by nobody: an array for each costs more than it. */
const ROOM_BYTES = 16_384;
const RESERVE_BYTES_MAX = 240;
let room = new Uint8Array(ROOM_BYTES);
let roomUsed = 0;

/** A reservation is in memory that it shares with others. */
function inRoom(write: (writer: Writer) => Writer): Uint8Array {
  if (roomUsed + RESERVE_BYTES_MAX > ROOM_BYTES) {
    room = new Uint8Array(ROOM_BYTES);
    roomUsed = 0;
  }
  const into = room.subarray(roomUsed, roomUsed + RESERVE_BYTES_MAX);
  const bytes = write(new Writer(into)).done();
  if (bytes.buffer === room.buffer) roomUsed += bytes.length;
  return bytes;
}

/** Bytes of a message. */
export function encodePaymentMessage(message: PaymentMessage): Uint8Array {
  switch (message.t) {
    case "reserve":
      return inRoom((writer) =>
        writer
          .u8(RESERVE)
          .bytes(message.id)
          .varint(message.amount)
          // All or nothing is what most ask.
          .varint(message.least === message.amount ? 0 : message.least)
          .bytes(message.onion),
      );
    case "answer": {
      const writer = new Writer(24);
      writer.u8(ANSWER).bytes(message.id);
      writer.u8(REASONS.indexOf(message.reason) * COUNT_STEP + message.granted.length);
      writeGranted(writer, message.granted);
      return writer.done();
    }
    case "let-go":
      return new Writer(24).u8(LET_GO).bytes(message.id).done();
    case "quote":
      return new Writer(message.quote.length + message.definition.length + 8)
        .u8(QUOTE)
        .varint(message.quote.length)
        .bytes(message.quote)
        .bytes(message.definition)
        .done();
    case "no-quote":
      return new Writer(80).u8(NO_QUOTE).bytes(utf8(message.to)).done();
  }
}

/** The message, or undefined where the bytes are none. A reservation's onion is a view of them, all else is copied. */
export function decodePaymentMessage(bytes: Uint8Array): PaymentMessage | undefined {
  try {
    const reader = new Reader(bytes);
    const type = reader.u8();
    if (type === QUOTE || type === NO_QUOTE) return readQuoting(type, reader);
    const id = reader.bytes(LOCK_ID_BYTES).slice();
    const message = restOf(type, id, reader);
    reader.end();
    return message;
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    return undefined;
  }
}

function readQuoting(type: number, reader: Reader): PaymentMessage | undefined {
  if (type === NO_QUOTE) {
    const to = fromUtf8(reader.rest());
    if (to === undefined || to.length > CURRENCY_CHARS_MAX) return undefined;
    return { t: "no-quote", to };
  }
  const length = reader.varint();
  if (length < 1 || length > QUOTE_BYTES_MAX) return undefined;
  const quote = Uint8Array.from(reader.bytes(length));
  return { t: "quote", quote, definition: Uint8Array.from(reader.rest()) };
}

function restOf(type: number, id: Uint8Array, reader: Reader): PaymentMessage | undefined {
  if (type === LET_GO) return { t: "let-go", id };
  if (type === ANSWER) return readAnswer(id, reader);
  if (type !== RESERVE) return undefined;
  const amount = reader.varint();
  const said = reader.varint();
  const least = said === 0 ? amount : said;
  const onion = reader.rest();
  if (!isOnionLength(onion.length) || !isAmount(amount) || least < 1 || least > amount)
    return undefined;
  return { t: "reserve", id, amount, least, onion };
}

function readAnswer(id: Uint8Array, reader: Reader): PaymentMessage | undefined {
  const both = reader.u8();
  const reason = REASONS[Math.floor(both / COUNT_STEP)] ?? "other";
  const count = both % COUNT_STEP;
  if (count > HOPS_MAX) return undefined;
  const granted: number[] = [];
  for (let left = count; left > 0; left--) {
    const before = granted.at(-1);
    const said = reader.varint();
    const amount = before === undefined ? said : before - said;
    if (amount < 0 || amount > AMOUNT_MAX) return undefined;
    granted.push(amount);
  }
  return { t: "answer", id, reason, granted };
}

/** The first, then by how much less each next one is: nobody grants more than came to them. */
function writeGranted(writer: Writer, granted: readonly number[]): void {
  let before: number | undefined;
  for (const amount of granted) {
    const most: number = before === undefined ? amount : Math.min(before, amount);
    writer.varint(before === undefined ? most : before - most);
    before = most;
  }
}
