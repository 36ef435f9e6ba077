import { expect, test } from "vitest";
import type {
  CurrencyBody,
  InvoiceBody,
  PaymentBody,
  ReceiptBody,
} from "../../api/client/index.ts";
import { genuineWords, paymentWords, receiptRow } from "./payment-words.ts";
import { costlier } from "./payments.ts";

const CURRENCY: CurrencyBody = {
  ...{ id: "h", name: "hours", unit: "hour", decimals: 2, issuer: "anna", person: "a" },
  ...{ group: null, title: "", lookalikes: [], alike: [] },
};
const ID = "77fe27a764d6cf97c48360bad2e5f0b4";
const RECEIPT: ReceiptBody = {
  ...{ id: "ga4kttuo5k", direction: "other", payee: "dan", person: ID, amount: "2.00" },
  ...{ currency: CURRENCY, memo: "bread", atMs: null, link: "" },
};

test("a receipt says who was paid what", () => {
  expect(genuineWords(RECEIPT)).toBe(`Genuine: dan (${ID}) was paid 2.00 hours for bread.`);
  expect(genuineWords({ ...RECEIPT, memo: "" })).toBe(`Genuine: dan (${ID}) was paid 2.00 hours.`);
});

test("a receipt in a currency that is not known here does not look as if 2.00 were 200", () => {
  const unknown = { ...RECEIPT, payee: ID, amount: "200", currency: null };
  expect(genuineWords(unknown)).toBe(
    `Genuine: the person ${ID} was paid 200 of the smallest unit of a currency that this peer does not know for bread.`,
  );
  expect(receiptRow(unknown)).toContain("200 smallest units");
});

test("where the rate wants more than may be given, it is said what it costs", () => {
  const eggs = { ...CURRENCY, name: "Fresh eggs", unit: "egg", decimals: 0 };
  const asked: Pick<InvoiceBody, "exchange"> = {
    exchange: [{ by: "ben", cost: "8", currency: eggs }],
  };
  expect(costlier(asked, "7")).toBe(
    " By ben's rate it costs 8 eggs at most: pay it so with --with 'Fresh eggs' --at-most 8.",
  );
  expect(costlier(asked, "8")).toBe("");
  expect(costlier({ exchange: [] }, "7")).toBe("");
});

test("whom a payment went over is said, and nobody where it went over the payee's own line", () => {
  const paid = (...over: readonly string[]): string => {
    const parts = over.map((each) => ({ over: each, amount: "1.00", state: "locked", sinceMs: 0 }));
    const about = {
      id: "ga4kttuo5k",
      payee: "cleo",
      person: ID,
      amount: "2.00",
      currency: CURRENCY,
    };
    const rest = { why: null, reason: null, begunAtMs: 0, spend: null, memo: "bread" } as const;
    const payment: PaymentBody = { ...about, ...rest, state: "paid", parts };
    return paymentWords(payment);
  };
  const proof = "'peernet receipts' has the proof.";
  expect(paid()).toBe(`Paid: 2.00 hours to cleo. ${proof}`);
  expect(paid("cleo")).toBe(`Paid: 2.00 hours to cleo. ${proof}`);
  expect(paid("ben", "cleo", "ben")).toBe(`Paid: 2.00 hours to cleo, over ben. ${proof}`);
});
