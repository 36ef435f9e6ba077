import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CommunitiesBody, CommunityBody } from "../../../../src/api/client/index.ts";
import { amountIn, communityTitle } from "../../state/community.ts";
import { cleanName } from "../../state/format.ts";
import { communityFragment } from "../../state/fragment.ts";
import { place } from "../../state/session.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Icon } from "../icons.tsx";
import { MoneyPageFrame } from "../money/page.tsx";
import { Empty, Load } from "../states.tsx";
import { CommunityPage } from "./community-page.tsx";
import { FoundDialog } from "./found-dialog.tsx";

/** Community currencies of this person's groups, or the one that is open. */
export function CommunitiesPage(): JSX.Element {
  const { community: id } = place.value;
  if (id === undefined) return <All />;
  return (
    <Load from={resources.communities}>{(found) => <Open key={id} found={found} id={id} />}</Load>
  );
}

function Open(props: { readonly found: CommunitiesBody; readonly id: string }): JSX.Element {
  const body = props.found.communities.find(({ id }) => id === props.id);
  if (body !== undefined) return <CommunityPage body={body} />;
  const { money, community } = say();
  return (
    <Empty icon="groups" title={community.notThere}>
      <a href={communityFragment()}>{money.pages.communities}</a>
    </Empty>
  );
}

function All(): JSX.Element {
  const { money, community } = say();
  const [isFounding, setFounding] = useState(false);
  const act = (
    <button type="button" class="primary" onClick={() => setFounding(true)}>
      <Icon name="plus" /> {community.found}
    </button>
  );
  return (
    <MoneyPageFrame title={money.pages.communities} act={act}>
      <Load from={resources.communities}>{(found) => <List found={found} />}</Load>
      {isFounding ? <FoundDialog onClose={() => setFounding(false)} /> : null}
    </MoneyPageFrame>
  );
}

function List({ found }: { readonly found: CommunitiesBody }): JSX.Element {
  const { community } = say();
  if (found.communities.length === 0) {
    return (
      <Empty icon="groups" title={community.none}>
        {community.noneHint}
      </Empty>
    );
  }
  return (
    <ul class="rows contacts">
      {found.communities.map((body) => (
        <li key={body.id}>
          <a class="row" href={communityFragment(body.id)}>
            <Icon name="groups" />
            <span class="grow">
              <strong>
                <bdi class="name">{communityTitle(body)}</bdi>
              </strong>
              <small class="quiet">
                <bdi>{standingIn(body)}</bdi>
              </small>
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** The group, and how this person stands, on one line. */
function standingIn(body: CommunityBody): string {
  const { community } = say();
  const { you, isFounded } = body;
  const stands = !isFounded
    ? community.waits
    : you === null
      ? community.noAccount
      : amountIn(you.balance, body);
  return `${community.ofGroup(cleanName(body.group))} · ${stands}`;
}
