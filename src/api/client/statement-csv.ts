import type { CommunityStatementBody } from "../contract-community.ts";
import type { StatementBody } from "../contract-money.ts";

/** A statement as CSV (RFC 4180), with a line of names. */
export function statementCsv({ line, entries }: StatementBody): string {
  const head = ["time", "by", "what", "amount", "balance", "currency", "memo"];
  const rows = entries.map(({ atMs, by, what, amount: text, balance, memo }) => [
    new Date(atMs).toISOString(),
    by === "you" ? "you" : line.with,
    ...[what, text, balance, line.currency.name, memo],
  ]);
  return csv([head, ...rows]);
}

/** A statement of a community currency as CSV (RFC 4180), with a line of names. */
export function communityCsv({ entries }: CommunityStatementBody): string {
  const rows = entries.map(({ atMs, what, with: whom, amount, memo }) => [
    new Date(atMs).toISOString(),
    ...[what, whom.name, amount, memo],
  ]);
  return csv([["when", "what", "with", "amount", "memo"], ...rows]);
}

/** Rows as CSV (RFC 4180). */
export function csv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map(cellOf).join(",")).join("\r\n");
}

/** Quoted where it must be; a text that a spreadsheet would take for a formula is shown as text. */
function cellOf(text: string): string {
  const isNumber = /^-?\d+(\.\d+)?$/.test(text);
  const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
