import type { PeerEvents } from "../../peer/index.ts";

type GroupLoss = Parameters<NonNullable<PeerEvents["onGroupMended"]>>[0];
type MoneyLoss = Parameters<NonNullable<PeerEvents["onMoneyMended"]>>[0];

/** What a start with --salvage says of a group of which records were missing. */
export function groupLossWords({ label, lostOps, keptOps }: GroupLoss): string {
  return `Of the group '${label}', ${keptOps} entries are whole; at least ${lostOps} are missing or stood on missing ones, and were let go. They come back from members in reach. This device writes nothing in the group before it has heard of more than half of the others.`;
}

/** The same of lines, currencies and communities. */
export function moneyLossWords(loss: MoneyLoss): string {
  if (loss.t === "currency") {
    return `The definition of the currency ${loss.id.slice(0, 8)} cannot be read and was let go. It comes back from whoever you have a line in it with.`;
  }
  const { kept, lost, currency } = loss;
  const inCurrency = currency === undefined ? "" : ` in '${currency}'`;
  const counts = `${kept} entries are whole; at least ${lost} are missing or stand on missing ones`;
  if (loss.t === "community") {
    return `Of the community${inCurrency || ` ${loss.id.slice(0, 8)}`}, ${counts}. They come back from members in reach. This device orders nothing there before it has heard enough stewards, and signs nothing as a steward until the rules change.`;
  }
  const name = loss.partner === undefined ? ` ${loss.id.slice(0, 8)}` : ` with '${loss.partner}'`;
  return `Of the line${name}${inCurrency}, ${counts}. They come back from your partner. Nothing is signed on any line before its partner has told how far it was, which happens by itself when they are in reach.`;
}
