import type { JSX } from "preact";
import { useState } from "preact/hooks";
import {
  ClientError,
  type LineBody,
  type StatementBody,
  type StatementEntryBody,
  statementCsv,
} from "../../../../src/api/client/index.ts";
import { STATEMENT_FETCH, STATEMENT_MAX } from "../../limits.ts";
import { shownAmount, unitsOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { useAsk } from "../../state/ask.ts";
import { formatTime } from "../../state/format.ts";
import { findEntries, memoIn, partnerIn } from "../../state/money.ts";
import { attempt, notify } from "../../state/notices.ts";
import { saveText } from "../../state/save-text.ts";
import { say } from "../../words/language.ts";
import { AskedFor } from "../asked.tsx";
import { FoundList } from "../found-list.tsx";
import { Icon } from "../icons.tsx";

/** What happened on a line, newest first, to search and to save. */
export function Statement({ line }: { readonly line: LineBody }): JSX.Element {
  const { money } = say();
  const [limit, setLimit] = useState(STATEMENT_FETCH);
  // Whatever happens on a line changes what is told of it: then it is asked for anew.
  const asked = useAsk(
    () => api().money.statement(line.id, limit),
    [line.id, limit, JSON.stringify(line)],
  );
  return (
    <section class="card form statement" aria-label={money.statement}>
      <header class="card-head">
        <h3>{money.statement}</h3>
      </header>
      <AskedFor of={asked}>
        {(found) => <Found found={found} limit={limit} onMore={() => setLimit(STATEMENT_MAX)} />}
      </AskedFor>
    </section>
  );
}

function Found(props: {
  readonly found: StatementBody;
  readonly limit: number;
  readonly onMore: () => void;
}): JSX.Element {
  const { line, entries } = props.found;
  const { money } = say();
  if (entries.length === 0) return <p class="quiet">{money.entriesNone}</p>;
  const mayHaveOlder = entries.length >= props.limit && props.limit < STATEMENT_MAX;
  return (
    <FoundList
      label={money.search}
      placeholder={money.searchExample}
      none={money.searchNone}
      find={(query) => findEntries(entries, line, query)}
      row={(entry, at) => <Entry key={at} entry={entry} line={line} />}
    >
      {mayHaveOlder ? (
        <button type="button" onClick={props.onMore}>
          {money.whole}
        </button>
      ) : null}
      <button type="button" onClick={() => void attempt(() => saveCsv(line.id))}>
        <Icon name="download" /> {money.csv}
      </button>
      <button type="button" onClick={() => void attempt(() => signed(line.id))}>
        {money.sign}
      </button>
    </FoundList>
  );
}

function Entry(props: {
  readonly entry: StatementEntryBody;
  readonly line: LineBody;
}): JSX.Element {
  const { atMs, by, what, amount, memo, balance } = props.entry;
  const { money } = say();
  const isSum = what === "paid" || what === "taken";
  const units = unitsOf(amount, props.line.currency.decimals);
  const isIn = isSum && units > 0n;
  const sum = shownAmount(amount, money.point);
  const who = by === "you" ? money.you : partnerIn(props.line);
  return (
    <li class="line entry">
      <span class="grow">
        <strong>
          <bdi>{memo === "" ? money.what[what] : memoIn(memo)}</bdi>
        </strong>
        <small class="quiet">
          {memo === "" ? "" : `${money.what[what]} · `}
          <bdi>{who}</bdi> · {formatTime(atMs, Date.now())}
        </small>
      </span>
      <span class="sums">
        {what !== "limit" && units === 0n ? null : (
          <strong class={isSum ? (isIn ? "good" : "owing") : "quiet"}>
            {isIn ? `+${sum}` : sum}
          </strong>
        )}
        <small class="quiet">{money.after(shownAmount(balance, money.point))}</small>
      </span>
    </li>
  );
}

async function saveCsv(line: string): Promise<void> {
  const all = await api().money.statement(line, STATEMENT_MAX);
  saveText("peernet-statement.csv", "text/csv", statementCsv(all));
}

/** Saves what both have signed where there is that, and asks for a newer signature. */
async function signed(line: string): Promise<void> {
  const { money } = say();
  await api().money.askAccount(line);
  try {
    const account = await api().money.account(line);
    saveText("peernet-account.json", "application/json", JSON.stringify(account, null, 2));
    notify("good", money.signSaved);
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== "not-found") throw error;
    notify("good", money.signAsked);
  }
}
