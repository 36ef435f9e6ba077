import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { must } from "../../base/errors.ts";
import { SILENT_LOG } from "../../ports/index.ts";
import { knownRouter } from "../../simulation/money/payments/known-router.ts";
import { FAIR_WEATHER, Town } from "../../simulation/money/payments/town.ts";
import type { MoneyError } from "../errors.ts";
import { Hop } from "./hop.ts";
import { hopWrite } from "./hop-table.ts";
import type { Invoice } from "./invoice.ts";
import { idsToForget, type OwnInvoice } from "./invoice-room.ts";
import { finalPayload, forwardPayload } from "./layer.ts";
import {
  HOP_ENTRIES_MAX,
  INVOICES_FORGOTTEN_AT_ONCE,
  INVOICES_MAX,
  INVOICES_OPEN_MAX,
  PAYMENTS_MAX,
  RECEIPTS_MAX,
  RESERVATIONS_PER_LINE_MAX,
} from "./limits.ts";
import { selectorOf } from "./lock-key.ts";
import { Locker } from "./locker.ts";
import { decodePaymentMessage } from "./messages.ts";
import { wrapOnion } from "./onion.ts";
import { OnionReader } from "./onion-reader.ts";
import type { PaymentsContext } from "./options.ts";
import { checkPayable } from "./payable.ts";
import { Payee } from "./payee.ts";
import { Receipts } from "./receipts.ts";
import { Settler } from "./settler.ts";

const suite = createNodeSuite();
/** Filling whole tables takes seconds, and far more on a busy machine. */
const FILL_MS = 240_000;

function town(): Town {
  const made = new Town({
    ...{ seed: 1, suite, size: 3, weather: FAIR_WEATHER },
    router: knownRouter(),
  });
  made.line(0, 1, 1_000_000, 1_000_000);
  made.line(1, 2, 1_000_000, 1_000_000);
  made.start();
  return made;
}

/** What the parts of the room get at one place of the town. */
function contextAt(at: Town, place: number): PaymentsContext {
  const { desk, disk, identity, random } = at.node(place);
  return {
    desk: must(desk, "it runs"),
    router: knownRouter()(at, place),
    ...{ identity, suite, clock: at.world.clock, random, log: SILENT_LOG, records: disk },
    isRevoked: () => false,
    events: { onPayment() {}, onInvoice() {} },
    reader: new OnionReader(suite, identity.dhKey),
    exchange: () => undefined,
  };
}

function codeOf(act: () => unknown): string {
  try {
    act();
    return "none";
  } catch (error) {
    return (error as MoneyError).code;
  }
}

test("payments under way and receipts: at the limit and one above", { timeout: FILL_MS }, () => {
  const at = town();
  const context = contextAt(at, 0);
  const invoice = at.request(2, 1);
  const receipts = new Receipts(suite);
  const underWay = new Map<string, unknown>();
  const pay = (): string => codeOf(() => checkPayable(context, receipts, underWay, invoice));
  for (let count = 0; count < PAYMENTS_MAX - 1; count++) underWay.set(String(count), undefined);
  expect(pay()).toBe("none");
  underWay.set("one more", undefined);
  expect(pay()).toBe("busy");
  underWay.clear();
  const preimage = new Uint8Array(32);
  const keep = (count: number): void => {
    const hash = new Uint8Array(32);
    new DataView(hash.buffer).setUint32(0, count);
    receipts.add({ invoice: { ...invoice, hash }, preimage }, true, count);
  };
  for (let count = 0; count < RECEIPTS_MAX - 1; count++) keep(count);
  expect(pay()).toBe("none");
  keep(RECEIPTS_MAX);
  expect(pay()).toBe("full");
  expect(receipts.forget(1)).toHaveLength(1);
  expect(pay()).toBe("none");
});

test("receipts are read page by page, the newest first, none twice, also of one moment", () => {
  const at = town();
  const invoice = at.request(2, 1);
  const receipts = new Receipts(suite);
  for (let count = 0; count < 25; count++) {
    const hash = new Uint8Array(32).fill(count);
    receipts.add({ invoice: { ...invoice, hash }, preimage: hash }, true, Math.floor(count / 10));
  }
  const times: number[] = [];
  let place: string | undefined;
  do {
    const page = receipts.page(10, place);
    times.push(...page.receipts.map(({ atMs }) => atMs));
    ({ place } = page);
  } while (place !== undefined);
  expect(times).toEqual([...Array(5).fill(2), ...Array(10).fill(1), ...Array(10).fill(0)]);
  expect(receipts.page(25).place).toBeUndefined();
  expect(codeOf(() => receipts.page(10, "gone/out"))).toBe("not-found");
});

test("invoices: open ones and all that are remembered, at the limit and one above", () => {
  const about = { preimage: new Uint8Array(32), isWithdrawn: false, taken: [] };
  const own = (isOver: boolean): OwnInvoice => ({
    record: { ...about, invoice: { amount: isOver ? 1 : 2 } as Invoice },
    ...{ held: new Set(), taking: 0 },
  });
  const isOver = ({ record }: OwnInvoice): boolean => record.invoice.amount === 1;
  const invoices = new Map<string, OwnInvoice>();
  const ask = (): string => codeOf(() => idsToForget(invoices, isOver));
  const fill = (count: number, are: boolean): void => {
    for (let at = invoices.size; invoices.size < count; at++) invoices.set(String(at), own(are));
  };
  fill(INVOICES_OPEN_MAX - 1, false);
  expect(ask()).toBe("none");
  fill(INVOICES_MAX - 1, true);
  expect(ask()).toBe("none");
  expect(idsToForget(invoices, isOver)).toEqual([]);
  fill(INVOICES_MAX, true);
  expect(idsToForget(invoices, isOver)).toHaveLength(INVOICES_FORGOTTEN_AT_ONCE);
  invoices.set("one more that is open", own(false));
  expect(ask()).toBe("full");
  invoices.clear();
  const held = own(true);
  held.held.add({ line: "", lockId: new Uint8Array(16), amount: 1 });
  for (let at = 0; at < INVOICES_MAX; at++) invoices.set(String(at), held);
  expect(ask()).toBe("full");
});

test("reservations of one line's partner, and locks passed on: at the limit and one above", {
  timeout: FILL_MS,
}, () => {
  const at = town();
  const context = contextAt(at, 1);
  const [lineIn, lineOut] = [...at.lines.values()].map(({ id }) => id) as [string, string];
  const settler = new Settler(context.desk, context.clock, context.log);
  const payee = new Payee(context, settler, new Receipts(suite));
  const hop = new Hop(context, settler, new Locker(context.desk, context.clock), payee);
  const told: string[] = [];
  at.onTold = ({ id }, from, bytes) => {
    const message = decodePaymentMessage(bytes);
    if (from !== 1 || message === undefined) return;
    told.push(id === lineOut ? "passed on" : message.t === "answer" ? message.reason : "");
  };
  const [one, two] = [1, 2].map((place) => at.node(place).identity.dhKey.publicKey) as [
    Uint8Array,
    Uint8Array,
  ];
  const onion = wrapOnion(suite, context.random, [
    { dhKey: one, payload: forwardPayload(selectorOf(lineOut)) },
    { dhKey: two, payload: finalPayload(new Uint8Array(9)) },
  ]);
  const reserve = (): string => {
    const id = context.random.bytes(16);
    hop.onReserve(lineIn, { t: "reserve", id, amount: 1, least: 1, onion });
    return told.splice(0).join();
  };
  const said = Array.from({ length: RESERVATIONS_PER_LINE_MAX }, reserve);
  expect(new Set(said)).toEqual(new Set(["passed on"]));
  expect(reserve()).toBe("busy");
  hop.tick(context.clock.monotonicMs() + 200_000);
  expect(reserve()).toBe("passed on");
  const ids = { inId: new Uint8Array(16), outId: new Uint8Array(16) };
  for (let count = 0; count < HOP_ENTRIES_MAX; count++) {
    if (count === HOP_ENTRIES_MAX - 1) expect(reserve()).toBe("passed on");
    const entry = { ...ids, lineIn: String(count), lineOut: String(count), amount: 1 };
    hop.load(must(hopWrite(entry).value, "it is kept"));
  }
  expect(hop.size).toBe(HOP_ENTRIES_MAX);
  expect(reserve()).toBe("busy");
});

test("who is paid keeps a receipt; of a payment to oneself neither side is kept", () => {
  const at = town();
  const invoice = at.request(2, 1);
  const receipts = new Receipts(suite, invoice.payee);
  const preimage = new Uint8Array(32);
  receipts.add({ invoice, preimage }, false, 1);
  expect(receipts.page(2).receipts).toMatchObject([{ direction: "in", payee: invoice.payee }]);
  receipts.add({ invoice, preimage }, true, 2);
  expect(receipts.page(2).receipts).toEqual([]);
});
