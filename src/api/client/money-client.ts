import type {
  AccountBody,
  CurrenciesBody,
  CurrencyBody,
  ForkProofBody,
  LineBody,
  LinesBody,
  PaidBody,
  StatementBody,
} from "../contract-money.ts";
import type { ApiFetch } from "./folders-client.ts";

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
  readonly #fetch: ApiFetch;

  constructor(fetch: ApiFetch) {
    this.#fetch = fetch;
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

  pay(to: string, currency: string, amount: string, memo = ""): Promise<PaidBody> {
    return this.#json("POST", "/v1/money/payments", { to, currency, amount, memo });
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

  async #json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const response = await this.#fetch(method, path, init);
    return (await response.json()) as T;
  }
}

function pathOf(line: string): string {
  return `/v1/money/lines/${encodeURIComponent(line)}`;
}
