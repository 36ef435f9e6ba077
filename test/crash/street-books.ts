import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import type { ReceiptBody } from "../../src/api/client/index.ts";
import { payments } from "../../src/money/index.ts";
import type { Begun, House, Street } from "./street.ts";

/** What the books of a street say after a storm, once all are back and nothing is under way. */
export interface Books {
  /** Payments of which both sides have the receipt. */
  readonly paid: number;
  readonly receipts: number;
  /** Of those, by how many lines lie between payer and payee. */
  readonly byHops: readonly number[];
  /** What is wrong; none where all is well. */
  readonly faults: readonly string[];
}

const suite = createNodeSuite();

/** An amount of the API in hundredths. */
function cents(text: string): number {
  return Math.round(Number(text) * 100);
}

/** All receipts of a house. */
async function receiptsOf({ peer }: House): Promise<readonly ReceiptBody[]> {
  const all: ReceiptBody[] = [];
  for (let next: string | null | undefined; next !== null; ) {
    const page = await peer.client.money.receipts(next);
    all.push(...page.receipts);
    ({ next } = page);
  }
  return all;
}

/** Reads the books of all houses and compares them with each other and with what was begun. */
export async function auditStreet(street: Street, begun: readonly Begun[]): Promise<Books> {
  const kept = await Promise.all(street.houses.map(receiptsOf));
  const faults: string[] = [];
  const net = await auditLines(street, faults);
  const known = new Map(begun.map((one) => [one.id, one]));
  for (const [place, receipts] of kept.entries()) {
    faults.push(...faultsOf(receipts, place, known));
    const moved = receipts.reduce((sum, one) => sum + signed(one), 0);
    if (moved === net[place]) continue;
    faults.push(`h${place}: receipts say ${moved}, its lines say ${net[place]}`);
  }
  const ids = (way: "in" | "out"): ReadonlySet<string> =>
    new Set(kept.flat().flatMap(({ direction, id }) => (direction === way ? [id] : [])));
  const [taken, paid] = [ids("in"), ids("out")];
  for (const id of paid) if (!taken.has(id)) faults.push(`${id}: the payee has no receipt`);
  for (const id of taken) if (!paid.has(id)) faults.push(`${id}: the payer has no receipt`);
  faults.push(...begun.flatMap((one) => brokenWord(street, one, paid)));
  return { paid: paid.size, receipts: kept.flat().length, byHops: hopsOf(begun, paid), faults };
}

function hopsOf(begun: readonly Begun[], paid: ReadonlySet<string>): readonly number[] {
  const counts: number[] = [];
  for (const { hops, id } of begun) if (paid.has(id)) counts[hops] = (counts[hops] ?? 0) + 1;
  return Array.from(counts, (count = 0) => count);
}

/** Into a house; out of it with a minus sign. */
function signed({ amount, direction }: ReceiptBody): number {
  return direction === "in" ? cents(amount) : -cents(amount);
}

function faultsOf(
  receipts: readonly ReceiptBody[],
  place: number,
  known: ReadonlyMap<string, Begun>,
): readonly string[] {
  return receipts.flatMap((receipt) => {
    const fault = faultOf(receipt) ?? strangeness(receipt, place, known.get(receipt.id));
    return fault === undefined ? [] : [`h${place}: receipt ${receipt.id}: ${fault}`];
  });
}

/** What a payer was told that is not so. */
function brokenWord(
  street: Street,
  { id, payer }: Begun,
  paid: ReadonlySet<string>,
): readonly string[] {
  const said = street.house(payer).ended.get(id);
  if (said === undefined || (said === "paid") === paid.has(id)) return [];
  return [`${id}: said to be ${said}, but its receipt is ${paid.has(id) ? "" : "not "}there`];
}

/** Why a receipt cannot be of what was begun. */
function strangeness(
  { amount, direction }: ReceiptBody,
  place: number,
  begun: Begun | undefined,
): string | undefined {
  const who = direction === "in" ? begun?.payee : begun?.payer;
  return who === place && cents(amount) === begun?.amount
    ? undefined
    : `${direction} ${amount} is of no payment that was begun`;
}

/** Both ends of each line say the same; what each house is owed in all, in hundredths. */
async function auditLines(street: Street, faults: string[]): Promise<readonly number[]> {
  const ends = new Map<string, number[]>();
  const net: number[] = [];
  for (const [place, house] of street.houses.entries()) {
    const { lines } = await house.peer.client.money.lines();
    net[place] = 0;
    for (const { balance, id, lockedIn, lockedOut, trouble } of lines) {
      net[place] += cents(balance);
      ends.set(id, [...(ends.get(id) ?? []), cents(balance)]);
      if (cents(lockedIn) + cents(lockedOut) !== 0) faults.push(`h${place}: ${id} has locks`);
      if (trouble !== null) faults.push(`h${place}: ${id}: ${trouble}`);
    }
  }
  for (const [id, balances] of ends) {
    const [one = 0, other = Number.NaN] = balances;
    if (one + other !== 0) faults.push(`line ${id}: its ends say ${balances.join(" and ")}`);
  }
  const total = net.reduce((sum, one) => sum + one, 0);
  if (total !== 0) faults.push(`all balances together are ${total}`);
  return net;
}

/** Checked as a stranger would, without any peer. */
function faultOf({ amount, id, link }: ReceiptBody): string | undefined {
  try {
    const { invoice } = payments.parseReceiptLink(suite, link);
    const isSame = payments.paymentIdOf(invoice) === id && invoice.amount === cents(amount);
    return isSame ? undefined : "is of another payment";
  } catch (error) {
    return String(error);
  }
}
