import type { JSX } from "preact";
import type {
  CommunityAccountBody,
  CommunityAccountsBody,
  CommunityBody,
} from "../../../../src/api/client/index.ts";
import { unitsOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { useAsk } from "../../state/ask.ts";
import { amountIn, decimalsOf, whoIn } from "../../state/community.ts";
import { communityNews } from "../../state/community-news.ts";
import { say } from "../../words/language.ts";
import { AskedFor } from "../asked.tsx";

/** All balances that may be seen, and who may see them. */
export function MembersPart({ body }: { readonly body: CommunityBody }): JSX.Element {
  const { community } = say();
  const asked = useAsk(() => api().communities.accounts(body.id), [body.id, communityNews.value]);
  const seen =
    body.rules?.visible === "members"
      ? community.membersAll
      : body.seesAll
        ? community.membersYou
        : community.membersStewards;
  return (
    <section class="card" aria-label={community.members}>
      <h3>{community.members}</h3>
      <p class="quiet">{seen}</p>
      <AskedFor of={asked}>{(found) => <Accounts found={found} />}</AskedFor>
    </section>
  );
}

function Accounts({ found }: { readonly found: CommunityAccountsBody }): JSX.Element {
  const { community: body } = found;
  const { community } = say();
  return (
    <>
      <ul class="lines">
        {found.accounts.map((account) => (
          <Account key={account.person} account={account} body={body} />
        ))}
        <li class="line entry">
          <span class="grow">
            <strong>{community.commons}</strong>
          </span>
          <Sum text={body.commons} body={body} />
        </li>
      </ul>
      {body.seesAll ? <p class="quiet">{community.sumZero}</p> : null}
    </>
  );
}

function Account(props: {
  readonly account: CommunityAccountBody;
  readonly body: CommunityBody;
}): JSX.Element {
  const { account, body } = props;
  const { community } = say();
  const notes = [
    community.mayOwe(amountIn(account.limit, body)),
    ...(unitsOf(account.unsettled, decimalsOf(body)) === 0n
      ? []
      : [community.unsettledShort(amountIn(account.unsettled, body))]),
    ...(account.isLow ? [community.lowShort] : []),
  ];
  return (
    <li class="line entry">
      <span class="grow">
        <strong>
          <bdi class="name">{whoIn(account, body)}</bdi>
        </strong>
        <small class="quiet">
          <bdi>{notes.join(" · ")}</bdi>
        </small>
        {account.stoppedBy === null ? null : <small class="bad">{community.stoppedShort}</small>}
      </span>
      <Sum text={account.balance} body={body} />
    </li>
  );
}

function Sum(props: { readonly text: string; readonly body: CommunityBody }): JSX.Element {
  const isOwing = unitsOf(props.text, decimalsOf(props.body)) < 0n;
  return (
    <span class="sums">
      <strong class={isOwing ? "owing" : ""}>
        <bdi>{amountIn(props.text, props.body)}</bdi>
      </strong>
    </span>
  );
}
