import { expect, test } from "vitest";
import type { CommunityStatementBody } from "../contract-community.ts";
import type { LineBody, StatementBody, StatementEntryBody } from "../contract-money.ts";
import { communityCsv, statementCsv } from "./statement-csv.ts";

const entry: StatementEntryBody = {
  ...{ atMs: Date.UTC(2026, 5, 1, 12), by: "them", what: "paid" },
  ...{ amount: "12.50", memo: "bread", balance: "-7.50" },
};

function rowsOf(change: Partial<StatementEntryBody>, who = "anna"): readonly string[] {
  // Only what the file shows of a line matters here.
  const line = { with: who, currency: { name: "Kilburn hours" } } as unknown as LineBody;
  const statement: StatementBody = { line, entries: [{ ...entry, ...change }] };
  return statementCsv(statement).split("\r\n");
}

test("a statement as CSV has names above, exact amounts and one row for each entry", () => {
  expect(rowsOf({})).toEqual([
    "time,by,what,amount,balance,currency,memo",
    "2026-06-01T12:00:00.000Z,anna,paid,12.50,-7.50,Kilburn hours,bread",
  ]);
});

test("what others wrote is neither a formula nor a cell of its own", () => {
  expect(rowsOf({ memo: "=HYPERLINK(1)" })[1]).toContain(",'=HYPERLINK(1)");
  expect(rowsOf({ memo: '@a,"b"' })[1]).toContain(`,"'@a,""b"""`);
  expect(rowsOf({ memo: "-2+3" })[1]).toContain(",'-2+3");
  expect(rowsOf({}, "+cmd")[1]).toContain(",'+cmd,");
  expect(rowsOf({ amount: "-2.00" })[1]).toContain(",-2.00,");
});

test("a community's statement is as careful with what members wrote", () => {
  const entry = { id: "1", atMs: Date.UTC(2026, 5, 1), what: "paid", amount: "-2.00" };
  const whom = { name: "=cmd", person: "0a".repeat(16) };
  const entries = [{ ...entry, with: whom, memo: "a,b" }];
  const csv = communityCsv({ entries } as unknown as CommunityStatementBody);
  expect(csv.split("\r\n")).toEqual([
    "when,what,with,amount,memo",
    `2026-06-01T00:00:00.000Z,paid,'=cmd,-2.00,"a,b"`,
  ]);
});
