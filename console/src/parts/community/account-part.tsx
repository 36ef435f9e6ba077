import type { JSX } from "preact";
import { useState } from "preact/hooks";
import {
  type CommunityAccountBody,
  type CommunityBody,
  type CommunityOrderBody,
  communityCsv,
} from "../../../../src/api/client/index.ts";
import { STATEMENT_FETCH, STATEMENT_MAX } from "../../limits.ts";
import { unitsOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { useAsk } from "../../state/ask.ts";
import { amountIn, decimalsOf, findPostings } from "../../state/community.ts";
import { communityNews } from "../../state/community-news.ts";
import { matterIn, stopIn, waitIn } from "../../state/community-reasons.ts";
import { aboutGroupFragment } from "../../state/fragment.ts";
import { attempt, notify } from "../../state/notices.ts";
import { saveText } from "../../state/save-text.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { AskedFor } from "../asked.tsx";
import { ConfirmDialog } from "../confirm-dialog.tsx";
import { FoundList } from "../found-list.tsx";
import { Icon } from "../icons.tsx";
import { PayDialog } from "./pay-dialog.tsx";
import { Posting } from "./posting.tsx";

/** The own account: how it stands, what is under way, paying, and what happened. */
export function AccountPart({ body }: { readonly body: CommunityBody }): JSX.Element {
  const { you, order, currency } = body;
  const { community } = say();
  return (
    <>
      {you === null ? <JoinCard body={body} /> : <Balance body={body} you={you} />}
      {order === null ? null : <OrderCard order={order} body={body} />}
      {you === null ? null : <Statement body={body} />}
      {currency === null || currency.group === null ? null : (
        <p class="quiet">
          {community.leave} <a href={aboutGroupFragment(currency.group)}>{community.leaveLink}</a>
        </p>
      )}
    </>
  );
}

function JoinCard({ body }: { readonly body: CommunityBody }): JSX.Element | null {
  const { community } = say();
  const [isRunning, setRunning] = useState(false);
  const { rules } = body;
  if (!body.isFounded || rules === null || body.order !== null) return null;
  const join = async (): Promise<void> => {
    setRunning(true);
    await attempt(async () => {
      await api().communities.join(body.id);
      await resources.communities.refresh();
      notify("good", community.joined);
    });
    setRunning(false);
  };
  return (
    <section class="card form" aria-label={community.parts.account}>
      <p>
        <bdi>{community.joinText(amountIn(rules.limit, body))}</bdi>
      </p>
      <p class="quiet">{community.rules.admission[rules.admission]}</p>
      <div class="buttons">
        <button type="button" class="primary" disabled={isRunning} onClick={() => void join()}>
          {community.join}
        </button>
      </div>
    </section>
  );
}

function Balance(props: {
  readonly body: CommunityBody;
  readonly you: CommunityAccountBody;
}): JSX.Element {
  const { body, you } = props;
  const { community } = say();
  const decimals = decimalsOf(body);
  const isNone = (text: string): boolean => unitsOf(text, decimals) === 0n;
  return (
    <section class="card" aria-label={community.balance}>
      <p class="line-balance">
        <bdi>{amountIn(you.balance, body)}</bdi>
      </p>
      <p class="quiet">
        <bdi>{community.canPay(amountIn(body.canPay, body))}</bdi> ·{" "}
        <bdi>{community.mayOwe(amountIn(you.limit, body))}</bdi>
      </p>
      {isNone(you.unsettled) ? null : (
        <p>
          <bdi>{community.unsettled(amountIn(you.unsettled, body))}</bdi>
        </p>
      )}
      {isNone(you.demurrageDue) ? null : (
        <p class="quiet">
          <bdi>{community.due(amountIn(you.demurrageDue, body))}</bdi>
        </p>
      )}
      {you.stoppedBy === null ? null : (
        <p class="bad" role="note">
          <bdi>{stopIn(you, body)}</bdi>
        </p>
      )}
      <Acts body={body} />
    </section>
  );
}

function Acts({ body }: { readonly body: CommunityBody }): JSX.Element {
  const { community } = say();
  const [asking, setAsking] = useState<"pay" | "takeover" | undefined>(undefined);
  const close = (): void => setAsking(undefined);
  const mayPay =
    !body.isElsewhere && body.order === null && unitsOf(body.canPay, decimalsOf(body)) > 0n;
  return (
    <>
      {body.isElsewhere ? <p class="quiet">{community.elsewhere}</p> : null}
      <div class="buttons">
        {mayPay ? (
          <button type="button" class="primary" onClick={() => setAsking("pay")}>
            <Icon name="send" /> {community.pay}
          </button>
        ) : null}
        {body.isElsewhere ? (
          <button type="button" onClick={() => setAsking("takeover")}>
            {community.takeover}
          </button>
        ) : null}
      </div>
      {asking === "pay" ? <PayDialog body={body} onClose={close} /> : null}
      {asking === "takeover" ? (
        <ConfirmDialog
          title={community.takeoverTitle}
          action={community.takeover}
          onConfirm={async () => {
            await api().communities.takeOver(body.id);
            await resources.communities.refresh();
            notify("good", community.takenOver);
          }}
          onClose={close}
        >
          {community.takeoverText}
        </ConfirmDialog>
      ) : null}
    </>
  );
}

function OrderCard(props: {
  readonly order: CommunityOrderBody;
  readonly body: CommunityBody;
}): JSX.Element {
  const { order, body } = props;
  const { community } = say();
  return (
    <section class="card" aria-label={community.underWay}>
      <h3>{community.underWay}</h3>
      <p>
        <bdi>{matterIn(order.matter, body)}</bdi>
      </p>
      <OrderState order={order} body={body} />
    </section>
  );
}

/** How far an order is, and why it waits. */
export function OrderState(props: {
  readonly order: CommunityOrderBody;
  readonly body: CommunityBody;
}): JSX.Element {
  const { community } = say();
  const { state, signed, needed } = props.order;
  const why = waitIn(props.order, props.body);
  return (
    <>
      <p role="status">{state === "told" ? community.told : community.signed(signed, needed)}</p>
      {state !== "waiting" ? null : (
        <p class="quiet">
          {why === "" ? null : <bdi>{why}. </bdi>}
          {community.goesOn}
        </p>
      )}
    </>
  );
}

function Statement({ body }: { readonly body: CommunityBody }): JSX.Element {
  const { community, money } = say();
  const [limit, setLimit] = useState(STATEMENT_FETCH);
  const asked = useAsk(
    () => api().communities.statement(body.id, limit),
    [body.id, limit, communityNews.value],
  );
  const save = async (): Promise<void> => {
    const all = await api().communities.statement(body.id, STATEMENT_MAX);
    saveText("peernet-community.csv", "text/csv", communityCsv(all));
  };
  return (
    <section class="card form statement" aria-label={community.statement}>
      <h3>{community.statement}</h3>
      <AskedFor of={asked}>
        {(found) =>
          found.entries.length === 0 ? (
            <p class="quiet">{community.statementNone}</p>
          ) : (
            <FoundList
              label={money.search}
              placeholder={money.searchExample}
              none={money.searchNone}
              find={(query) => findPostings(found, query)}
              row={(entry, at) => <Posting key={at} entry={entry} body={found.community} />}
            >
              {found.entries.length >= limit && limit < STATEMENT_MAX ? (
                <button type="button" onClick={() => setLimit(STATEMENT_MAX)}>
                  {money.whole}
                </button>
              ) : null}
              <button type="button" onClick={() => void attempt(save)}>
                <Icon name="download" /> {money.csv}
              </button>
            </FoundList>
          )
        }
      </AskedFor>
    </section>
  );
}
