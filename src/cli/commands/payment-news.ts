import type {
  ApiClient,
  EventBodies,
  InvoiceBody,
  LineBody,
  MoneyReceivedBody,
  PaymentBody,
} from "../../api/client/index.ts";
import type { CommandContext } from "../command.ts";
import { TOLD_MAX } from "../limits.ts";
import { inert } from "../output.ts";
import { amount, balanceWords } from "./money-words.ts";
import { paymentWords, sum } from "./payment-words.ts";

const NEWS: ReadonlySet<keyof EventBodies> = new Set([
  "money-received",
  "money-request",
  "money-payment",
  "line-changed",
]);

/** Tells what happens with money, event by event, until the peer stops or the command is ended. */
export async function followPayments(context: CommandContext, client: ApiClient): Promise<void> {
  const { output } = context;
  const told = new Told(client);
  for await (const event of client.events(new AbortController().signal)) {
    if (!NEWS.has(event.name)) continue;
    const words = output.json ? "" : await told.wordsOf(event);
    if (words !== undefined) output.result(event, () => words);
  }
  output.say("The peer has stopped.");
}

/** What was told last: nothing is told twice in the same words. */
class Told {
  readonly #client: ApiClient;
  readonly #last = new Map<string, string>();

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** Undefined where nothing new can be said in words. */
  async wordsOf(event: {
    readonly name: keyof EventBodies;
    readonly body: unknown;
  }): Promise<string | undefined> {
    switch (event.name) {
      case "money-received":
        return receivedWords(event.body as MoneyReceivedBody);
      case "money-request": {
        const request = event.body as InvoiceBody;
        return this.#new(request.id, requestWords(request));
      }
      case "money-payment": {
        const payment = event.body as PaymentBody;
        return this.#new(payment.id, paymentWords(payment));
      }
      default: {
        const { id } = event.body as EventBodies["line-changed"];
        const { lines } = await this.#client.money.lines();
        const line = lines.find((one) => one.id === id);
        return line && this.#new(id, lineWords(line));
      }
    }
  }

  #new(about: string, words: string): string | undefined {
    const isSame = this.#last.get(about) === words;
    this.#last.delete(about);
    this.#last.set(about, words);
    const [oldest] = this.#last.keys();
    if (this.#last.size > TOLD_MAX && oldest !== undefined) this.#last.delete(oldest);
    return isSame ? undefined : words;
  }
}

function receivedWords(paid: MoneyReceivedBody): string {
  const memo = paid.memo === "" ? "" : ` for ${inert(paid.memo)}`;
  return `${inert(paid.from)} paid you ${amount(paid.amount, paid.currency)}${memo}.`;
}

function requestWords(request: InvoiceBody): string {
  const what = `${sum(request.amount, request)}${request.memo === "" ? "" : ` for ${inert(request.memo)}`}`;
  if (request.state === "paid") return `You were paid ${what}, by your request.`;
  if (request.state === "withdrawn") return `You ask no longer for ${what}.`;
  return `Of your request for ${what}, ${request.held} are locked for you.`;
}

function lineWords(line: LineBody): string {
  const state = line.state === "open" ? "" : ` (${line.state})`;
  return `Line with ${inert(line.with)}${state}: ${balanceWords(line)}`;
}
