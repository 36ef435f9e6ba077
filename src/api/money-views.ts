import {
  type Currency,
  formatAmount,
  type LineEntry,
  LineRefusal,
  type StatementEntry,
} from "../money/index.ts";
import type { Peer } from "../peer/index.ts";
import type { CurrencyBody, LineBody, MoneyReceivedBody, StatementBody } from "./contract-money.ts";
import { lineReason } from "./room-reasons.ts";

/** A currency as the API tells it. */
export function currencyBody(peer: Peer, currency: Currency): CurrencyBody {
  const { title, issuer, lookalikes, alike } = peer.money.currencies.describe(currency);
  const { id, name, unit, decimals, maker, group = null } = currency;
  return { id, name, unit, decimals, issuer, person: maker, group, title, lookalikes, alike };
}

/** A line as the API tells it. */
export function lineBody(peer: Peer, line: LineEntry): LineBody {
  const { currency } = line;
  const view = line.view();
  const text = (units: number): string => formatAmount(units, currency.decimals);
  const isOffered = view.state === "offered";
  return {
    id: line.id,
    with: peer.contacts.byPerson(line.partner)?.petname ?? line.partner,
    person: line.partner,
    currency: currencyBody(peer, currency),
    state: view.state,
    waitsFor: isOffered ? (line.isOfferedToUs ? "you" : "them") : null,
    balance: text(view.balance),
    theyMayOwe: text(view.limitOfTheirs),
    youMayOwe: text(view.limitOfOurs),
    lockedOut: text(view.lockedOut),
    lockedIn: text(view.lockedIn),
    isHidden: peer.money.ways.settings.isHidden(line.id),
    canPay: text(view.canPay),
    isInReach: peer.money.lines.isInReach(line.id),
    unconfirmed: Math.max(0, line.durable - line.heard),
    trouble: troubleOf(line)?.message ?? null,
    troubleCode: lineReason(troubleOf(line)?.trouble),
    hasProof: line.record.stop?.cause === "forked",
    isElsewhere: line.isElsewhere,
  };
}

/** What a partner paid over a line, as the API tells it. */
export function receivedBody(
  peer: Peer,
  id: string,
  amount: number,
  memo: string,
): MoneyReceivedBody {
  const line = peer.money.lines.entry(id);
  return {
    line: id,
    from: peer.contacts.byPerson(line.partner)?.petname ?? line.partner,
    person: line.partner,
    amount: formatAmount(amount, line.currency.decimals),
    currency: currencyBody(peer, line.currency),
    memo,
  };
}

function troubleOf(line: LineEntry): LineRefusal | undefined {
  const { stop } = line.record;
  return stop === undefined ? line.whyNot() : new LineRefusal(stop.cause);
}

/** A statement as the API tells it. */
export function statementBody(
  peer: Peer,
  line: LineEntry,
  entries: readonly StatementEntry[],
): StatementBody {
  const text = (units: number): string => formatAmount(units, line.currency.decimals);
  return {
    line: lineBody(peer, line),
    entries: entries.map(({ atS, byUs, what, amount, memo, balance }) => ({
      atMs: atS * 1_000,
      by: byUs ? "you" : "them",
      ...{ what, memo, amount: text(amount), balance: text(balance) },
    })),
  };
}
