import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Bazaar } from "../../../test/support/bazaar.ts";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { vouchForDevice } from "../../identity/index.ts";
import { testIdentity } from "../../testing/fixtures.ts";
import { decodeInvoice, type Invoice, parseInvoiceLink, signInvoices } from "./invoice.ts";
import {
  HINTS_MAX,
  INVOICE_MEMO_BYTES_MAX,
  REQUESTS_PER_SIGNATURE_MAX,
  SIGNATURES_REMEMBERED_MAX,
} from "./limits.ts";
import { decodeReceipt, encodeReceipt } from "./receipt.ts";
import { PATH_BYTES_MAX, rootOf, treeOf } from "./request-tree.ts";

const suite = createNodeSuite();
const anna = testIdentity(suite, "anna");
const preimages = Array.from({ length: REQUESTS_PER_SIGNATURE_MAX }, (_, at) =>
  suite.sha256(Uint8Array.of(at)),
);
const asked = preimages.map((preimage, at) => ({
  ...{ amount: at + 1, currency: "hours", memo: `bread ${at}`, hints: [] },
  ...{ hash: suite.sha256(preimage), expiresAtMs: 1_800_000_000_000 },
}));

/** The suite, and how many signatures were looked at by it. */
function counting(): { readonly suite: CryptoSuite; readonly looks: () => number } {
  let count = 0;
  const verify: CryptoSuite["verify"] = (...all) => {
    count++;
    return suite.verify(...all);
  };
  const other = new Proxy(suite, {
    get: (made, name) => {
      if (name === "verify") return verify;
      const found: unknown = Reflect.get(made, name);
      return typeof found === "function" ? found.bind(made) : found;
    },
  });
  return { suite: other, looks: () => count };
}

describe("several requests under one signature", () => {
  test("each path leads to the root, and no other path, place or content does", () => {
    for (let count = 2; count <= REQUESTS_PER_SIGNATURE_MAX; count++) {
      const contents = preimages.slice(0, count);
      const { paths, root } = treeOf(suite, contents);
      for (const [at, path] of paths.entries()) {
        const own = contents[at] ?? root;
        expect(rootOf(suite, own, path)).toEqual(root);
        for (const other of [...contents.filter((each) => each !== own), root]) {
          expect(rootOf(suite, other, path)).not.toEqual(root);
        }
        // Where the last one stands beside itself, both places are its own.
        const isBesideItself = at === count - 1 && at % 2 === 0;
        const moved = rootOf(suite, own, path.with(0, at ^ 1));
        expect(moved?.join() === root.join()).toBe(isBesideItself);
      }
    }
  });

  test("paths that are none", () => {
    const path = treeOf(suite, preimages).paths[3] ?? new Uint8Array(0);
    expect(path).toHaveLength(PATH_BYTES_MAX);
    for (const wrong of [
      new Uint8Array(0),
      Uint8Array.of(0),
      path.subarray(0, -1),
      path.with(0, REQUESTS_PER_SIGNATURE_MAX),
      new Uint8Array(PATH_BYTES_MAX + 32),
    ]) {
      expect(rootOf(suite, preimages[3] ?? path, wrong)).toBeUndefined();
    }
  });

  test("each is a request and a receipt of its own, and no bit of it may be another", () => {
    const all = signInvoices(suite, anna, asked);
    for (const [at, invoice] of all.entries()) {
      expect(invoice).toMatchObject({ ...asked[at], payee: anna.person.personId, devices: [] });
      expect(decodeInvoice(suite, invoice.bytes)).toEqual(invoice);
      const receipt = { invoice, preimage: preimages[at] ?? invoice.hash };
      expect(decodeReceipt(suite, encodeReceipt(receipt))).toEqual(receipt);
      const others = { invoice, preimage: preimages[at ^ 1] ?? invoice.hash };
      expect(() => decodeReceipt(suite, encodeReceipt(others))).toThrow(/proves nothing/);
    }
    const { bytes } = all[5] as Invoice;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length * 8 - 1 }), (bit) => {
        const altered = Uint8Array.from(bytes);
        altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => decodeInvoice(suite, altered)).toThrow(/was altered/);
      }),
    );
  });

  test("the largest request of a device with others behind it can still be read", () => {
    const devices = ["one", "two", "three"].map((name) => testIdentity(suite, name));
    let voucher = anna;
    for (const device of devices) {
      const certificate = vouchForDevice(voucher, device.signKey.publicKey);
      voucher = { ...device, person: { ...anna.person, root: undefined }, certificate };
    }
    const hint = { person: anna.person.personId, dhKey: anna.dhKey.publicKey };
    const most = {
      memo: "m".repeat(INVOICE_MEMO_BYTES_MAX),
      hints: Array.from({ length: HINTS_MAX }, () => ({ ...hint, selector: new Uint8Array(6) })),
      amount: 10 ** 15,
    };
    const all = signInvoices(
      suite,
      voucher,
      asked.map((one) => ({ ...one, ...most })),
    );
    for (const { bytes } of all) expect(decodeInvoice(suite, bytes).devices).toHaveLength(3);
  });

  test("a signature is looked at once, and again where too many came since", () => {
    const { looks, suite: other } = counting();
    const [first, second, third] = signInvoices(suite, anna, asked.slice(0, 4)) as [
      Invoice,
      Invoice,
      Invoice,
    ];
    decodeInvoice(other, first.bytes);
    decodeInvoice(other, second.bytes);
    expect(looks()).toBe(1);
    const come = (count: number): void => {
      for (let at = 0; at < count; at++) {
        const expiresAtMs = looks();
        const [one] = signInvoices(
          suite,
          anna,
          asked.slice(0, 2).map((each) => ({ ...each, expiresAtMs })),
        );
        decodeInvoice(other, one?.bytes ?? first.bytes);
      }
    };
    come(SIGNATURES_REMEMBERED_MAX - 1);
    const before = looks();
    decodeInvoice(other, third.bytes);
    expect(looks()).toBe(before);
    come(1);
    decodeInvoice(other, third.bytes);
    expect(looks()).toBe(before + 2);
  });
});

test("requests that come while the disk is busy share signatures; one alone is as peers of before read it", () => {
  const bazaar = new Bazaar(suite, 1, 2, 1_000, true);
  const alone = bazaar.request(1, 5);
  expect(alone.bytes.length).toBeLessThan(400);
  const { looks, suite: other } = counting();
  const all = bazaar.requests(1, 5, 1 + 16 + 5 + 16);
  const links = new Set(all.map(({ bytes }) => decodeInvoice(other, bytes).hash.join()));
  // The first begins at once; what waits then goes 16, 16 and 5 at a time.
  expect([links.size, looks()]).toEqual([all.length, 4]);
  for (const invoice of all) expect(bazaar.pay(0, invoice)).toBe("");
  bazaar.pass(10_000);
  expect(bazaar.balances()).toEqual([-5 * all.length, 5 * all.length]);
  const { payments } = bazaar.live(1);
  expect([...payments.invoices()].map(({ link }) => parseInvoiceLink(suite, link).amount)).toEqual([
    5,
  ]);
});

test("a full disk refuses all that wait, and what comes later is signed", () => {
  const bazaar = new Bazaar(suite, 1, 2, 1_000, true);
  const stall = bazaar.stall(1);
  stall.disk.full = true;
  const wish = { amount: 5, currency: bazaar.currency.id, memo: "" };
  const said: string[] = [];
  for (let count = 0; count < 6; count++) {
    bazaar.live(1).payments.request(wish, (error) => void said.push(error?.code ?? "asked"));
  }
  while (bazaar.step());
  expect(said).toEqual(Array.from({ length: 6 }, () => "disk-full"));
  stall.disk.full = false;
  expect(bazaar.request(1, 5).amount).toBe(5);
});
