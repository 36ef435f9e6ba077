import { community, limits } from "../../money/index.ts";
import { communityCsv, csv, statementCsv } from "../client/statement-csv.ts";
import type {
  CommunitiesBody,
  CommunityAccountsBody,
  CommunityBody,
  CommunityStatementBody,
} from "../contract-community.ts";
import type {
  LineBody,
  LinesBody,
  ReceiptBody,
  ReceiptsBody,
  StatementBody,
} from "../contract-money.ts";
import type { LocalAsk } from "./local.ts";
import { fileNameOf } from "./names.ts";
import { json } from "./talks.ts";
import type { ZipEntry } from "./zip.ts";

/** Everything about money: lines and their statements, receipts with their proofs, communities. */
export async function* books(local: LocalAsk): AsyncGenerator<ZipEntry> {
  for (const what of ["currencies", "requests", "payments", "rates"]) {
    yield { path: `money/${what}.json`, content: () => asJson(local, `/v1/money/${what}`) };
  }
  const { lines } = await local<LinesBody>("/v1/money/lines");
  yield { path: "money/lines.json", content: () => [json(lines)] };
  for (const line of lines) {
    const path = `money/lines/${fileNameOf(`${line.with} ${line.currency.name}`, line.id)}.csv`;
    yield { path, content: () => lineStatement(local, line) };
  }
  yield { path: "money/receipts.csv", content: () => receipts(local, receiptRows, RECEIPT_HEAD) };
  yield { path: "money/receipts.jsonl", content: () => receipts(local, jsonLines, "") };
  const { communities } = await local<CommunitiesBody>("/v1/money/communities");
  for (const one of communities) yield* communityBooks(local, one);
}

/** What a call answers, as JSON. */
export async function* asJson(local: LocalAsk, path: string): AsyncGenerator<string> {
  yield json(await local<unknown>(path));
}

async function* lineStatement(local: LocalAsk, line: LineBody): AsyncGenerator<string> {
  const path = `/v1/money/lines/${encodeURIComponent(line.id)}/statement`;
  yield statementCsv(await local<StatementBody>(`${path}?limit=${limits.ENTRIES_MAX}`));
}

function* communityBooks(local: LocalAsk, one: CommunityBody): Generator<ZipEntry> {
  const at = `money/communities/${fileNameOf(one.currency?.name ?? one.group, one.id)}`;
  const from = `/v1/money/communities/${encodeURIComponent(one.id)}`;
  yield { path: `${at}/community.json`, content: () => [json(one)] };
  yield { path: `${at}/listings.json`, content: () => asJson(local, `${from}/listings`) };
  yield {
    path: `${at}/statement.csv`,
    content: async function* () {
      const query = `limit=${community.limits.STATEMENT_MAX}`;
      yield communityCsv(await local<CommunityStatementBody>(`${from}/statement?${query}`));
    },
  };
  yield {
    path: `${at}/accounts.csv`,
    content: async function* () {
      const { accounts } = await local<CommunityAccountsBody>(`${from}/accounts`);
      const rows = accounts.map(({ name, balance, unsettled, limit, person }) => [
        ...[name, balance, unsettled, limit, person],
      ]);
      yield csv([["name", "balance", "not settled yet", "limit", "person"], ...rows]);
    },
  };
}

const RECEIPT_HEAD = csv([
  ["time", "direction", "payee", "amount", "currency", "memo", "person", "proof"],
]);

/** All receipts, page by page. */
async function* receipts(
  local: LocalAsk,
  text: (page: readonly ReceiptBody[]) => string,
  head: string,
): AsyncGenerator<string> {
  yield head;
  for (let after: string | null = ""; after !== null; ) {
    const query: string = after === "" ? "" : `?${new URLSearchParams({ after })}`;
    const page: ReceiptsBody = await local<ReceiptsBody>(`/v1/money/receipts${query}`);
    yield text(page.receipts);
    after = page.next;
  }
}

function receiptRows(page: readonly ReceiptBody[]): string {
  if (page.length === 0) return "";
  const rows = page.map(({ atMs, direction, payee, amount, currency, memo, person, link }) => [
    ...[atMs === null ? "" : new Date(atMs).toISOString(), direction, payee, amount],
    ...[currency?.name ?? "", memo, person, link],
  ]);
  return `\r\n${csv(rows)}`;
}

function jsonLines(page: readonly unknown[]): string {
  return page.map((one) => `${JSON.stringify(one)}\n`).join("");
}
