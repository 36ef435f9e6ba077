import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { GroupBody, GroupOfferBody, GroupsBody } from "../../../src/api/client/index.ts";
import { Badge } from "../parts/badge.tsx";
import { GroupChat } from "../parts/groups/group-chat.tsx";
import { GroupPage } from "../parts/groups/group-page.tsx";
import { Icon } from "../parts/icons.tsx";
import { Avatar, Name } from "../parts/name.tsx";
import { NameDialog } from "../parts/name-dialog.tsx";
import { Empty, Load } from "../parts/states.tsx";
import { api } from "../state/api.ts";
import { cleanName } from "../state/format.ts";
import { groupFragment } from "../state/fragment.ts";
import { attempt, notify } from "../state/notices.ts";
import { place } from "../state/session.ts";
import { resources, useResource } from "../state/views.ts";
import { say } from "../words/language.ts";

/** Groups: those of this person, those that wait for a yes, and the one that is open. */
export function GroupsView(): JSX.Element {
  const { groups } = say();
  const [asking, setAsking] = useState<"found" | "join" | undefined>(undefined);
  const { group } = place.value;
  const close = (): void => setAsking(undefined);
  return (
    <section class="view split-view" data-open={group !== undefined} aria-labelledby="groups-title">
      <div class="split-list">
        <header class="view-head">
          <h1 id="groups-title">{groups.title}</h1>
          <div class="buttons">
            <button type="button" class="primary" onClick={() => setAsking("found")}>
              <Icon name="plus" /> {groups.found}
            </button>
            <button type="button" onClick={() => setAsking("join")}>
              <Icon name="link" /> {groups.join}
            </button>
          </div>
        </header>
        <Load from={resources.groups}>{(found) => <List found={found} open={group} />}</Load>
      </div>
      <div class="split-detail">
        {group === undefined ? (
          <Empty icon="groups" title={groups.noneOpen}>
            {groups.noneOpenHint}
          </Empty>
        ) : (
          <Load from={resources.groups}>{(found) => <Open found={found} id={group} />}</Load>
        )}
      </div>
      {asking === undefined ? null : <NewGroup kind={asking} onClose={close} />}
    </section>
  );
}

function NewGroup(props: {
  readonly kind: "found" | "join";
  readonly onClose: () => void;
}): JSX.Element {
  const { groups } = say();
  const open = async (work: Promise<GroupBody>): Promise<void> => {
    const { id } = await work;
    await resources.groups.refresh();
    location.hash = groupFragment(id);
  };
  if (props.kind === "found") {
    return (
      <NameDialog
        title={groups.foundTitle}
        label={groups.foundLabel}
        action={groups.foundAction}
        placeholder={groups.foundExample}
        onName={(title) => open(api().groups.create(title))}
        onClose={props.onClose}
      />
    );
  }
  return (
    <NameDialog
      title={groups.joinTitle}
      label={groups.joinLabel}
      action={groups.joinAction}
      placeholder="peernet:group/…"
      isCode
      onName={async (link) => {
        await open(api().groups.join(link));
        notify("good", groups.joined);
      }}
      onClose={props.onClose}
    />
  );
}

function Open(props: { readonly found: GroupsBody; readonly id: string }): JSX.Element {
  const group = props.found.groups.find(({ id }) => id === props.id);
  if (group !== undefined) {
    // Who is not in yet, or no more, has nobody to write to.
    const isChat = group.state === "in" && place.value.page !== "about";
    return isChat ? (
      <GroupChat key={group.id} group={group} />
    ) : (
      <GroupPage key={group.id} group={group} />
    );
  }
  return (
    <Empty icon="groups" title={say().groups.notThere}>
      <a href={groupFragment()}>{say().groups.title}</a>
    </Empty>
  );
}

function List(props: {
  readonly found: GroupsBody;
  readonly open: string | undefined;
}): JSX.Element {
  const { found } = props;
  const { groups } = say();
  const chats = useResource(resources.chats).data ?? [];
  const unreadIn = (group: GroupBody): number =>
    chats.find(({ groupId }) => groupId === group.id)?.unread ?? 0;
  if (found.groups.length === 0 && found.offers.length === 0) {
    return (
      <Empty icon="groups" title={groups.none}>
        {groups.noneHint}
      </Empty>
    );
  }
  return (
    <>
      {found.offers.map((offer) => (
        <Offer key={offer.group} offer={offer} />
      ))}
      <ul class="rows contacts">
        {found.groups.map((group) => (
          <li key={group.id}>
            <a
              class="row"
              href={groupFragment(group.id)}
              aria-current={group.id === props.open ? "true" : undefined}
            >
              <Avatar of={titleOf(group)} online={group.partners.length > 0} />
              <span class="grow">
                <strong>
                  <Name of={titleOf(group)} />
                </strong>
                <small class="quiet">{standingOf(group)}</small>
              </span>
              <Badge of={unreadIn(group)} />
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

function Offer({ offer }: { readonly offer: GroupOfferBody }): JSX.Element {
  const { groups } = say();
  const join = async (): Promise<void> => {
    const { id } = await api().groups.join(offer.link);
    await resources.groups.refresh();
    location.hash = groupFragment(id);
  };
  return (
    <div class="request">
      <p>
        <bdi>{groups.offer(cleanName(offer.by), cleanName(offer.title))}</bdi>
      </p>
      <button type="button" class="primary" onClick={() => void attempt(join)}>
        {groups.joinAction}
      </button>
    </div>
  );
}

/** What a group is called: by its members, else here. */
export function titleOf({ title, label }: GroupBody): string {
  return cleanName(title === "" ? label : title);
}

/** How this person stands in a group, in words. */
export function standingOf({ state, members, refusals }: GroupBody): string {
  const { states } = say().groups;
  if (state !== "out" && refusals > 0) return states.refused;
  return state === "in" ? states.in(members.length) : states[state];
}
