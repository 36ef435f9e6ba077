import { toBase32 } from "../../../base/base32.ts";
import { toHex } from "../../../base/bytes.ts";
import type { Invoice } from "../../../money/payments/index.ts";
import type { LineSide } from "./fake-desk.ts";
import { LineBook, type LineOp } from "./line-half.ts";
import type { Town, TownNode } from "./town.ts";

/** One invoice of a schedule: who pays whom. */
export interface Deal {
  readonly invoice: Invoice;
  readonly payer: number;
  readonly payee: number;
  /** Whether lines of more than one currency may be on the way. */
  readonly isExchanged: boolean;
}

/** What the disk of one side of a line says. */
export function bookOf(side: LineSide): LineBook {
  const book = new LineBook(side.limits);
  for (const op of side.ours) if (op.t === "prepare") book.apply(op, true);
  for (const op of side.theirs) book.apply(op, false);
  for (const op of side.ours) if (op.t !== "prepare") book.apply(op, true);
  return book;
}

/** I1: both sides of a line say the same, so that all balances of a currency come to zero. */
export function unequalBooks(town: Town, isHonest: (place: number) => boolean): string[] {
  const faults: string[] = [];
  for (const line of town.lines.values()) {
    const [a, b] = [line.a, line.b].map((place) => town.node(place).sides.get(line.id));
    if (a === undefined || b === undefined || a.isStopped || b.isStopped) continue;
    if (!isHonest(line.a) || !isHonest(line.b)) continue;
    const [x, y] = [bookOf(a), bookOf(b)];
    if (x.balance + y.balance !== 0)
      faults.push(`I1 ${line.a}-${line.b}: ${x.balance}, ${y.balance}`);
    if (x.lockedOut !== y.lockedIn || x.lockedIn !== y.lockedOut) {
      faults.push(`I1 ${line.a}-${line.b}: not the same is locked`);
    }
  }
  return faults;
}

/** I2: nobody owes an honest person, or has locked for one, more than that one allows; nor the other way. */
export function beyondLimits(town: Town, isHonest: (place: number) => boolean): string[] {
  const faults: string[] = [];
  for (const node of town.nodes) {
    if (!isHonest(node.place)) continue;
    for (const side of node.sides.values()) {
      const { balance, limits, lockedIn, lockedOut } = bookOf(side);
      if (balance + lockedIn > limits.theirs || -balance + lockedOut > limits.ours) {
        faults.push(`I2 ${node.place}: ${balance} +${lockedIn} -${lockedOut}`);
      }
    }
  }
  return faults;
}

interface Flow {
  /** What was taken from us and by us, of locks with one hash. */
  out: number;
  in: number;
  /** What is locked for us and not taken. */
  open: number;
}

/** What went through one node for each hash, by what is on its disk. */
export function flowsOf(node: TownNode): Map<string, Flow> {
  const flows = new Map<string, Flow>();
  for (const { ours, theirs } of node.sides.values()) {
    countFlows(flows, ours, theirs, true);
    countFlows(flows, theirs, ours, false);
  }
  return flows;
}

function countFlows(
  flows: Map<string, Flow>,
  prepared: readonly LineOp[],
  settled: readonly LineOp[],
  isOut: boolean,
): void {
  const ends = new Map(
    settled.flatMap((op) =>
      op.t === "fulfil" || op.t === "cancel" ? [[toHex(op.lockId), op.t] as const] : [],
    ),
  );
  for (const op of prepared) {
    if (op.t !== "prepare") continue;
    const name = toBase32(op.lock.hash);
    const flow = flows.get(name) ?? { out: 0, in: 0, open: 0 };
    flows.set(name, flow);
    const end = ends.get(toHex(op.lock.id));
    if (end === "fulfil") flow[isOut ? "out" : "in"] += op.lock.amount;
    else if (end === undefined && !isOut) flow.open += op.lock.amount;
  }
}

/**
 * I5 and I7: an honest hop gets what it gives, an honest payer never gives more than the invoice
 * says and has the receipt if anything was taken, an honest payee gets all or nothing.
 */
export function losses(
  town: Town,
  deals: readonly Deal[],
  isHonest: (place: number) => boolean,
): string[] {
  const faults: string[] = [];
  for (const node of town.nodes) {
    if (!isHonest(node.place)) continue;
    for (const [hash, flow] of flowsOf(node)) {
      const deal = deals.find(({ invoice }) => toBase32(invoice.hash) === hash);
      const fault = faultOf(town, node, flow, deal);
      if (fault !== undefined) faults.push(`${fault} at ${node.place}: ${JSON.stringify(flow)}`);
    }
  }
  return faults;
}

function faultOf(
  town: Town,
  { place }: TownNode,
  flow: Flow,
  deal: Deal | undefined,
): string | undefined {
  const given = flow.out - flow.in;
  const isBoth = deal?.payee === deal?.payer;
  if (deal !== undefined && deal.payee === place && !isBoth) return payeeFault(-given, deal);
  if (deal?.isExchanged) return undefined;
  if (deal !== undefined && deal.payer === place && !isBoth) return payerFault(town, given, deal);
  return given > 0 ? "I5 a hop lost" : undefined;
}

function payeeFault(got: number, { invoice }: Deal): string | undefined {
  if (got < 0) return "I5 a payee lost";
  return got > 0 && got < invoice.amount ? "I7 a payee got a part" : undefined;
}

function payerFault(town: Town, given: number, { invoice, payer }: Deal): string | undefined {
  if (given > invoice.amount) return "I5 a payer paid more";
  const hasReceipt = town.payments(payer).receipt(toBase32(invoice.hash)) !== undefined;
  return given > 0 && !hasReceipt ? "I7 a payer paid without a receipt" : undefined;
}

/** I3: nothing is locked any more among people of whom all are honest. */
export function stillLocked(town: Town): string[] {
  return town.nodes.flatMap((node) =>
    [...node.sides.values()].flatMap((side) => {
      const { lockedIn, lockedOut } = bookOf(side);
      return lockedIn + lockedOut > 0 ? [`I3 ${node.place}: ${lockedIn} in, ${lockedOut} out`] : [];
    }),
  );
}

/** I3: who paid and who was paid say the same. */
export function halfSettled(town: Town, deals: readonly Deal[]): string[] {
  return deals.flatMap(({ invoice, payer, payee }) => {
    const id = toBase32(invoice.hash);
    const isPaid = town.payments(payer).receipt(id) !== undefined;
    const isGot = town.payments(payee).receipt(id) !== undefined;
    return isPaid === isGot ? [] : [`I3 ${payer} -> ${payee}: paid ${isPaid}, got ${isGot}`];
  });
}
