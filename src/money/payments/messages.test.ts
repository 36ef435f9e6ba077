import fc from "fast-check";
import { expect, test } from "vitest";
import { AMOUNT_MAX } from "../amount.ts";
import { HOPS_MAX, NEAR_ONION_BYTES } from "./limits.ts";
import { decodePaymentMessage, encodePaymentMessage, type PaymentMessage } from "./messages.ts";

const id = fc.uint8Array({ minLength: 16, maxLength: 16 });
const amount = fc.integer({ min: 1, max: AMOUNT_MAX });

function there(message: PaymentMessage): PaymentMessage | undefined {
  return decodePaymentMessage(encodePaymentMessage(message));
}

test("reservations and answers come back as they were", () => {
  const onion = new Uint8Array(NEAR_ONION_BYTES).fill(7);
  fc.assert(
    fc.property(id, amount, amount, (lock, one, other) => {
      const reserve = { t: "reserve", id: lock, amount: Math.max(one, other), onion } as const;
      for (const least of [Math.min(one, other), reserve.amount]) {
        expect(there({ ...reserve, least })).toEqual({ ...reserve, least });
      }
    }),
  );
  fc.assert(
    fc.property(id, fc.array(fc.nat(AMOUNT_MAX), { maxLength: HOPS_MAX }), (lock, amounts) => {
      const granted = amounts.toSorted((a, b) => b - a);
      const answer = { t: "answer", id: lock, reason: "limit", granted } as const;
      expect(there(answer)).toEqual(answer);
    }),
  );
});

test("nobody grants more than came to them, and a line more than there may be is no answer", () => {
  const answer = { t: "answer", id: new Uint8Array(16), reason: "ok" } as const;
  expect(there({ ...answer, granted: [5, 9, 3] })).toEqual({ ...answer, granted: [5, 5, 3] });
  const most = Array.from({ length: HOPS_MAX }, () => 1);
  expect(there({ ...answer, granted: most })).toEqual({ ...answer, granted: most });
  expect(there({ ...answer, granted: [...most, 1] })).toBeUndefined();
  // Less than nothing.
  const bytes = encodePaymentMessage({ ...answer, granted: [5, 1] });
  bytes[bytes.length - 1] = 6;
  expect(decodePaymentMessage(bytes)).toBeUndefined();
});
