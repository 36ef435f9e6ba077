import type {
  AccountBody,
  AutomaticBody,
  ClearingBody,
  CurrenciesBody,
  CurrencyBody,
  ForkProofBody,
  InvoiceBody,
  InvoicesBody,
  LineBody,
  LinesBody,
  PaidBody,
  PaymentBody,
  PaymentsBody,
  RatesBody,
  ReceiptBody,
  ReceiptsBody,
  StatementBody,
} from "../contract-money.ts";
import { type ApiFetch, type JsonCall, jsonCall } from "./calls.ts";

/** What a currency is made of; 2 decimals where nothing is said. */
export interface NewCurrency {
  readonly name: string;
  readonly unit: string;
  readonly decimals?: number;
  /** The group for which it is issued, by its name here. */
  readonly group?: string;
}

/** The calls of the local API about money. Amounts are texts such as "12.50"; a line is named by its id. */
export class MoneyClient {
  readonly #json: JsonCall;

  constructor(fetch: ApiFetch) {
    this.#json = jsonCall(fetch);
  }

  currencies(): Promise<CurrenciesBody> {
    return this.#json("GET", "/v1/money/currencies");
  }

  issue(terms: NewCurrency): Promise<CurrencyBody> {
    return this.#json("POST", "/v1/money/currencies", terms);
  }

  /** @param who only lines with this contact @param currency only the one in this currency, by its name */
  lines(who?: string, currency?: string): Promise<LinesBody> {
    const query = new URLSearchParams();
    if (who !== undefined) query.set("with", who);
    if (currency !== undefined) query.set("currency", currency);
    return this.#json("GET", `/v1/money/lines?${query}`);
  }

  /** Offers a line, or accepts the one that is offered; `limit` is how much they may owe. */
  begin(who: string, currency: string, limit: string): Promise<LineBody> {
    return this.#json("POST", "/v1/money/lines", { with: who, currency, limit });
  }

  limit(line: string, limit: string): Promise<LineBody> {
    return this.#json("PUT", pathOf(line), { limit });
  }

  close(line: string): Promise<LineBody> {
    return this.#json("POST", `${pathOf(line)}/close`, {});
  }

  /** This device writes your half from here on: the one that did is lost. */
  takeOver(line: string): Promise<LineBody> {
    return this.#json("POST", `${pathOf(line)}/takeover`, {});
  }

  pay(to: string, currency: string, amount: string, memo = ""): Promise<PaidBody> {
    return this.#json("POST", "/v1/money/payments", { to, currency, amount, memo });
  }

  /** Pays a contact over others: their device is asked for a request, which is paid, all of it or nothing. */
  payOverOthers(to: string, currency: string, amount: string, memo = ""): Promise<PaymentBody> {
    const body = { to, currency, amount, memo };
    return this.#json("POST", "/v1/money/payments/over-others", body);
  }

  /** Hides a line from others, or shows it again. */
  hide(line: string, hidden: boolean): Promise<LineBody> {
    return this.#json("PUT", `${pathOf(line)}/hidden`, { hidden });
  }

  automatic(): Promise<AutomaticBody> {
    return this.#json("GET", "/v1/money/requests/automatic");
  }

  /** Whether contacts who want to pay get a request by themselves from now on. */
  setAutomatic(answers: boolean): Promise<AutomaticBody> {
    return this.#json("PUT", "/v1/money/requests/automatic", { answers });
  }

  /** @param limit the newest of so many entries */
  statement(line: string, limit?: number): Promise<StatementBody> {
    const query = limit === undefined ? "" : `?limit=${limit}`;
    return this.#json("GET", `${pathOf(line)}/statement${query}`);
  }

  /** Asks the partner to sign what the line says now. */
  askAccount(line: string): Promise<LineBody> {
    return this.#json("POST", `${pathOf(line)}/account`, {});
  }

  account(line: string): Promise<AccountBody> {
    return this.#json("GET", `${pathOf(line)}/account`);
  }

  proof(line: string): Promise<ForkProofBody> {
    return this.#json("GET", `${pathOf(line)}/proof`);
  }

  /** @param hours how long it is open: a day where left out */
  request(amount: string, currency: string, memo = "", hours?: number): Promise<InvoiceBody> {
    const life = hours === undefined ? {} : { hours };
    return this.#json("POST", "/v1/money/requests", { amount, currency, memo, ...life });
  }

  requests(): Promise<InvoicesBody> {
    return this.#json("GET", "/v1/money/requests");
  }

  withdraw(id: string): Promise<InvoicesBody> {
    return this.#json("POST", `/v1/money/requests/${encodeURIComponent(id)}/withdraw`, {});
  }

  readRequest(link: string): Promise<InvoiceBody> {
    return this.#json("POST", "/v1/money/requests/read", { link });
  }

  /** @param spend where it is to be paid in another currency, by a partner's rate */
  payRequest(
    link: string,
    spend?: { readonly currency: string; readonly atMost: string },
  ): Promise<PaymentBody> {
    return this.#json("POST", "/v1/money/requests/pay", { link, ...spend });
  }

  rates(): Promise<RatesBody> {
    return this.#json("GET", "/v1/money/rates");
  }

  /** From now on whoever gives so much of one currency gets so much of another. */
  setRate(rate: {
    readonly give: string;
    readonly giveCurrency: string;
    readonly get: string;
    readonly getCurrency: string;
  }): Promise<RatesBody> {
    return this.#json("POST", "/v1/money/rates", rate);
  }

  clearing(): Promise<ClearingBody> {
    return this.#json("GET", "/v1/money/clearing");
  }

  /** Turns the clearing of debts round circles on or off. */
  turnClearing(isOn: boolean): Promise<ClearingBody> {
    return this.#json("PUT", "/v1/money/clearing", { isOn });
  }

  removeRate(giveCurrency: string, getCurrency: string): Promise<RatesBody> {
    return this.#json("POST", "/v1/money/rates/remove", { giveCurrency, getCurrency });
  }

  payments(): Promise<PaymentsBody> {
    return this.#json("GET", "/v1/money/payments");
  }

  giveUp(id: string): Promise<PaymentBody> {
    return this.#json("POST", `/v1/money/payments/${encodeURIComponent(id)}/give-up`, {});
  }

  /** The newest, at most 1,000. @param after `next` of the answer before: those behind it */
  receipts(after?: string | null): Promise<ReceiptsBody> {
    const query = after === undefined || after === null ? "" : `?${new URLSearchParams({ after })}`;
    return this.#json("GET", `/v1/money/receipts${query}`);
  }

  /** Forgets receipts kept before a time; answers with what is left. */
  forgetReceipts(beforeMs: number): Promise<ReceiptsBody> {
    return this.#json("POST", "/v1/money/receipts/forget", { beforeMs });
  }

  verifyReceipt(link: string): Promise<ReceiptBody> {
    return this.#json("POST", "/v1/money/receipts/verify", { link });
  }
}

function pathOf(line: string): string {
  return `/v1/money/lines/${encodeURIComponent(line)}`;
}
