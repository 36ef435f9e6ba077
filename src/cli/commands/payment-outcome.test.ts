import { describe, expect, test } from "vitest";
import type { PaymentBody, ReceiptBody } from "../../api/client/index.ts";
import { outcomeOf } from "./payment-outcome.ts";

const CURRENCY = {
  ...{ id: "h", name: "hours", unit: "hour", decimals: 2, issuer: "anna", person: "a" },
  ...{ group: null, title: "", lookalikes: [], alike: [] },
};
const BEGUN: PaymentBody = {
  ...{ id: "one", payee: "dora", person: "d", amount: "12.00", currency: CURRENCY, memo: "" },
  ...{ state: "routing", why: null, reason: null, begunAtMs: 0, spend: null, parts: [] },
};

function receipt(id: string, direction: ReceiptBody["direction"]): ReceiptBody {
  const { payee, person, amount, currency, memo } = BEGUN;
  return { id, direction, payee, person, amount, currency, memo, atMs: 0, link: "" };
}

/** Books with payments that are under way and pages of receipts. */
function books(payments: readonly PaymentBody[], ...pages: readonly (readonly ReceiptBody[])[]) {
  return {
    payments: () => Promise.resolve({ payments }),
    receipts: (after?: string | null) => {
      const at = Number(after ?? 0);
      const next = at + 1 < pages.length ? String(at + 1) : null;
      return Promise.resolve({ receipts: pages[at] ?? [], next });
    },
  };
}

describe("what became of a payment", () => {
  test("while it is under way, what the peer says of it", async () => {
    const now: PaymentBody = { ...BEGUN, state: "locked" };
    expect(await outcomeOf(books([now]), BEGUN)).toBe(now);
  });

  test("one that is gone is paid where there is a receipt, also on a later page", async () => {
    const found = books([], [receipt("two", "out")], [receipt("one", "out")]);
    expect(await outcomeOf(found, BEGUN)).toEqual({ ...BEGUN, state: "paid" });
  });

  test("one that is gone without a receipt of ours is not said to be paid", async () => {
    for (const left of [books([]), books([], [receipt("one", "in")], [receipt("two", "out")])]) {
      await expect(outcomeOf(left, BEGUN)).rejects.toMatchObject({ code: "failed" });
    }
  });
});
