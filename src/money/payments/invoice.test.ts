import fc from "fast-check";
import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { utf8 } from "../../base/bytes.ts";
import { vouchForDevice } from "../../identity/index.ts";
import { testIdentity, testRandom } from "../../testing/fixtures.ts";
import {
  decodeInvoice,
  invoiceLink,
  isInvoiceLink,
  parseInvoiceLink,
  signInvoice,
} from "./invoice.ts";
import { HINTS_MAX, INVOICE_MEMO_BYTES_MAX } from "./limits.ts";
import { decodeReceipt, encodeReceipt, parseReceiptLink, receiptLink } from "./receipt.ts";

const suite = createNodeSuite();
const anna = testIdentity(suite, "anna");
const preimage = suite.sha256(utf8("a secret"));
const ben = testIdentity(suite, "ben");
const hint = {
  person: ben.person.personId,
  dhKey: ben.dhKey.publicKey,
  selector: utf8("line 7"),
};
const terms = {
  amount: 1_250,
  currency: "hours",
  hash: suite.sha256(preimage),
  memo: "bread",
  expiresAtMs: 1_800_000_000_000,
  hints: [hint],
};

test("a link says what was asked for and by whom", () => {
  const invoice = signInvoice(suite, anna, terms);
  const link = invoiceLink(invoice);
  expect(isInvoiceLink(` ${link.toUpperCase()}`)).toBe(true);
  expect(parseInvoiceLink(suite, ` ${link.toUpperCase()}\n`)).toEqual(invoice);
  expect(invoice).toMatchObject({ ...terms, payee: anna.person.personId, devices: [] });
  expect(link.length).toBeLessThan(700);
});

test("what is signed is what others read of it, also of a text that is none", () => {
  for (const memo of ["", "bread", "\ud800 alone", "\u{1f35e}"]) {
    const invoice = signInvoice(suite, anna, { ...terms, memo });
    expect(decodeInvoice(suite, invoice.bytes)).toEqual(invoice);
  }
});

test("a device that holds no key of the person signs with its certificate", () => {
  const device = testIdentity(suite, "telephone");
  const certificate = vouchForDevice(anna, device.signKey.publicKey);
  const phone = { ...device, person: { ...anna.person, root: undefined }, certificate };
  const invoice = signInvoice(suite, phone, terms);
  expect(invoice.devices).toEqual([device.id]);
  expect(invoice.payee).toBe(anna.person.personId);
});

test("whatever bit is altered, it is no invoice", () => {
  const { bytes } = signInvoice(suite, anna, terms);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bytes.length * 8 - 1 }), (bit) => {
      const altered = Uint8Array.from(bytes);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decodeInvoice(suite, altered)).toThrow(/was altered/);
    }),
  );
  for (const length of [0, 1, bytes.length - 1]) {
    expect(() => decodeInvoice(suite, bytes.subarray(0, length))).toThrow(/was altered/);
  }
});

test("limits: memo and hints at most, and one more", () => {
  const most = {
    ...terms,
    memo: "m".repeat(INVOICE_MEMO_BYTES_MAX),
    hints: Array.from({ length: HINTS_MAX }, () => hint),
  };
  expect(signInvoice(suite, anna, most).hints.length).toBe(HINTS_MAX);
  for (const more of [
    { ...most, memo: `${most.memo}m` },
    { ...most, hints: [...most.hints, hint] },
    { ...most, amount: 0 },
    { ...most, amount: 1.5 },
    { ...most, amount: -1 },
    { ...most, amount: 1e15 + 1 },
  ]) {
    expect(() => signInvoice(suite, anna, more)).toThrow();
  }
});

test("a receipt proves to anybody that the invoice was paid, and nothing else does", () => {
  const invoice = signInvoice(suite, anna, terms);
  const receipt = { invoice, preimage };
  expect(parseReceiptLink(suite, receiptLink(receipt))).toEqual(receipt);
  const guessed = { invoice, preimage: testRandom(1).bytes(32) };
  expect(() => decodeReceipt(suite, encodeReceipt(guessed))).toThrow(/proves nothing/);
  const cheaper = signInvoice(suite, testIdentity(suite, "mallory"), { ...terms, amount: 1 });
  expect(
    decodeReceipt(suite, encodeReceipt({ invoice: cheaper, preimage })).invoice.payee,
  ).not.toBe(anna.person.personId);
  expect(() => parseReceiptLink(suite, invoiceLink(invoice))).toThrow(/proves nothing/);
});
