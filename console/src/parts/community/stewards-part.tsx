import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type {
  CommunityBody,
  CommunityPersonBody,
  CommunityProposalBody,
  CommunityProposalsBody,
} from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { useAsk } from "../../state/ask.ts";
import { amountIn, newIn, whoAll, whoIn } from "../../state/community.ts";
import { communityNews } from "../../state/community-news.ts";
import { matterIn } from "../../state/community-reasons.ts";
import { isSelf } from "../../state/money.ts";
import { attempt, notify } from "../../state/notices.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { AskedFor } from "../asked.tsx";
import { ConfirmDialog } from "../confirm-dialog.tsx";
import { type Act, ActDialog } from "./act-dialog.tsx";

/** What waits for stewards, who asks to be let in, and what tellers answer for. */
export function StewardsPart({ body }: { readonly body: CommunityBody }): JSX.Element {
  const { community } = say();
  const asked = useAsk(() => api().communities.proposals(body.id), [body.id, communityNews.value]);
  return (
    <>
      <section class="card" aria-label={community.waiting}>
        <h3>{community.waiting}</h3>
        <p class="quiet">{community.inReach(body.stewardsInReach)}</p>
        <AskedFor of={asked}>
          {(found) => <Proposals body={body} found={found} onSigned={asked.retry} />}
        </AskedFor>
      </section>
      {body.isSteward ? <Applicants body={body} /> : null}
      <Tellers body={body} />
      <Commons body={body} onProposed={asked.retry} />
    </>
  );
}

function Proposals(props: {
  readonly body: CommunityBody;
  readonly found: CommunityProposalsBody;
  readonly onSigned: () => void;
}): JSX.Element {
  const { proposals } = props.found;
  if (proposals.length === 0) return <p class="quiet">{say().community.waitingNone}</p>;
  return (
    <ul class="lines">
      {proposals.map((proposal) => (
        <Proposal
          key={proposal.id}
          body={props.body}
          proposal={proposal}
          onSigned={props.onSigned}
        />
      ))}
    </ul>
  );
}

function Proposal(props: {
  readonly body: CommunityBody;
  readonly proposal: CommunityProposalBody;
  readonly onSigned: () => void;
}): JSX.Element {
  const { body, proposal } = props;
  const { community } = say();
  const [isSigning, setSigning] = useState(false);
  const { needed, signedBy, waitsFor } = proposal;
  const mayASign = !proposal.isSignedByYou && waitsFor.some(({ person }) => isSelf(person));
  const sign = async (): Promise<void> => {
    await api().communities.sign(body.id, proposal.id);
    await resources.communities.refresh();
    notify("good", community.signedIt);
    props.onSigned();
  };
  return (
    <li class="line">
      <span class="grow">
        <strong>
          <bdi>{matterIn(proposal.matter, body)}</bdi>
        </strong>
        <Differences body={body} proposal={proposal} />
        <small class="quiet">
          <bdi>
            {signedBy.length === 0
              ? community.signedByNobody
              : community.signedBy(whoAll(signedBy, body))}
          </bdi>{" "}
          · {community.needed(needed)}
        </small>
        {waitsFor.length === 0 ? null : (
          <small class="quiet">
            <bdi>{community.waitsFor(whoAll(waitsFor, body))}</bdi>
          </small>
        )}
      </span>
      {mayASign ? (
        <button type="button" class="primary" onClick={() => setSigning(true)}>
          {community.sign}
        </button>
      ) : null}
      {isSigning ? (
        <ConfirmDialog
          title={community.signTitle}
          action={community.sign}
          onConfirm={sign}
          onClose={() => setSigning(false)}
        >
          <bdi>{matterIn(proposal.matter, body)}</bdi>. {community.signText}
        </ConfirmDialog>
      ) : null}
    </li>
  );
}

function Differences(props: {
  readonly body: CommunityBody;
  readonly proposal: CommunityProposalBody;
}): JSX.Element | null {
  const { body, proposal } = props;
  const { community } = say();
  const { rules } = proposal;
  if (rules === null) return null;
  const all = newIn(rules, body.isFounded ? body.rules : null, body);
  if (all.length === 0) return <span>{community.changeNone}</span>;
  return (
    <>
      {rules.version === 1 ? null : <span>{community.different}</span>}
      <ul class="plain-list">
        {all.map((text) => (
          <li key={text}>
            <bdi>{text}</bdi>
          </li>
        ))}
      </ul>
    </>
  );
}

function Applicants({ body }: { readonly body: CommunityBody }): JSX.Element {
  const { community } = say();
  const admit = async (applicant: CommunityPersonBody): Promise<void> => {
    await api().communities.admit(body.id, applicant.person);
    await resources.communities.refresh();
    notify("good", community.admitted(whoIn(applicant, body)));
  };
  return (
    <section class="card" aria-label={community.applicants}>
      <h3>{community.applicants}</h3>
      {body.applicants.length === 0 ? <p class="quiet">{community.applicantsNone}</p> : null}
      <ul class="lines">
        {body.applicants.map((applicant) => (
          <li key={applicant.person} class="line">
            <bdi class="grow">{whoIn(applicant, body)}</bdi>
            <button type="button" onClick={() => void attempt(() => admit(applicant))}>
              {community.admit}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Tellers({ body }: { readonly body: CommunityBody }): JSX.Element {
  const { community } = say();
  return (
    <section class="card" aria-label={community.exposure}>
      <h3>{community.exposure}</h3>
      {body.exposure.length === 0 ? <p class="quiet">{community.exposureNone}</p> : null}
      <ul class="lines">
        {body.exposure.map((one) => (
          <li key={one.person} class="line">
            <bdi class="grow">{whoIn(one, body)}</bdi>
            <bdi>{community.exposed(amountIn(one.amount, body), amountIn(one.limit, body))}</bdi>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Commons(props: {
  readonly body: CommunityBody;
  readonly onProposed: () => void;
}): JSX.Element {
  const { body, onProposed } = props;
  const { community } = say();
  const [act, setAct] = useState<Act | undefined>(undefined);
  const title = community.commonsHas(amountIn(body.commons, body));
  return (
    <section class="card form" aria-label={community.commons}>
      <p>
        <bdi>{title}</bdi>
      </p>
      {body.isSteward && body.isFounded ? (
        <div class="buttons">
          <button type="button" onClick={() => setAct("spend")}>
            {community.spend}
          </button>
          <button type="button" onClick={() => setAct("cover")}>
            {community.cover}
          </button>
        </div>
      ) : null}
      {act === undefined ? null : (
        <ActDialog
          body={body}
          act={act}
          onProposed={onProposed}
          onClose={() => setAct(undefined)}
        />
      )}
    </section>
  );
}
