import type { JSX } from "preact";
import type { CommunityBody, CommunityStatementBody } from "../../../../src/api/client/index.ts";
import { shownAmount, unitsOf } from "../../state/amount.ts";
import { decimalsOf, whoIn } from "../../state/community.ts";
import { formatTime } from "../../state/format.ts";
import { memoIn } from "../../state/money.ts";
import { say } from "../../words/language.ts";

/** One thing that happened on an account. */
export function Posting(props: {
  readonly entry: CommunityStatementBody["entries"][number];
  readonly body: CommunityBody;
}): JSX.Element {
  const { entry, body } = props;
  const { community, money } = say();
  const { amount, atMs, memo, what } = entry;
  const isIn = unitsOf(amount, decimalsOf(body)) > 0n;
  const sum = shownAmount(amount, money.point);
  return (
    <li class="line entry">
      <span class="grow">
        <strong>
          <bdi>{memo === "" ? community.what[what] : memoIn(memo)}</bdi>
        </strong>
        <small class="quiet">
          {memo === "" ? "" : `${community.what[what]} · `}
          <bdi>{whoIn(entry.with, body)}</bdi> · {formatTime(atMs, Date.now())}
        </small>
      </span>
      <span class="sums">
        <strong class={isIn ? "good" : "owing"}>{isIn ? `+${sum}` : sum}</strong>
      </span>
    </li>
  );
}
