import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { GroupBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { cleanName } from "../../state/format.ts";
import { groupFragment } from "../../state/fragment.ts";
import { attempt } from "../../state/notices.ts";
import { resources, useResource } from "../../state/views.ts";
import { standingOf, titleOf } from "../../views/groups.tsx";
import { say } from "../../words/language.ts";
import { ConfirmDialog } from "../confirm-dialog.tsx";
import { Icon } from "../icons.tsx";
import { Avatar, Name } from "../name.tsx";
import { NameDialog } from "../name-dialog.tsx";
import { GroupFolder } from "./group-folder.tsx";
import { GroupInvites } from "./group-invites.tsx";
import { GroupMembers } from "./group-members.tsx";
import { Votes } from "./group-votes.tsx";

/** One group: who is in it, who may come in, what it shares. */
export function GroupPage({ group }: { readonly group: GroupBody }): JSX.Element {
  const { groups, common } = say();
  const [asking, setAsking] = useState<"rename" | "leave" | undefined>(undefined);
  const close = (): void => setAsking(undefined);
  return (
    <section class="page" aria-label={titleOf(group)}>
      <header class="page-head">
        <a
          class="button ghost icon-only back"
          href={groupFragment(group.state === "in" ? group.id : undefined)}
          aria-label={common.back}
        >
          <Icon name="back" />
        </a>
        <Avatar of={titleOf(group)} online={group.partners.length > 0} />
        <div class="grow">
          <h2>
            <Name of={titleOf(group)} />
          </h2>
          <small class="quiet">
            {standingOf(group)} · <bdi>{cleanName(group.label)}</bdi>
          </small>
        </div>
        {group.state === "in" ? (
          <a
            class="button ghost icon-only"
            href={groupFragment(group.id)}
            aria-label={groups.openChat}
          >
            <Icon name="send" />
          </a>
        ) : null}
      </header>
      {group.state === "in" && group.refusals > 0 ? (
        <p class="card bad">{groups.refusedText}</p>
      ) : null}
      {group.forked.length === 0 ? null : (
        <p class="card bad">
          {groups.forked(group.forked.map((name) => cleanName(name)).join(", "))}
        </p>
      )}
      <ForkedChat group={group} />
      {group.state === "in" ? <Inside group={group} /> : null}
      <div class="buttons">
        <button type="button" onClick={() => setAsking("rename")}>
          {groups.rename}
        </button>
        <button type="button" class="danger" onClick={() => setAsking("leave")}>
          {group.state === "out" ? groups.forget : groups.leave}
        </button>
      </div>
      {asking === "rename" ? (
        <NameDialog
          title={groups.rename}
          label={groups.renameLabel}
          action={common.save}
          value={group.label}
          onName={async (label) => {
            await api().groups.change(group.id, { label });
            await resources.groups.refresh();
          }}
          onClose={close}
        />
      ) : null}
      {asking === "leave" ? <LeaveDialog group={group} onClose={close} /> : null}
    </section>
  );
}

/** Tells of devices that wrote different things to different members. */
function ForkedChat({ group }: { readonly group: GroupBody }): JSX.Element | null {
  const chats = useResource(resources.chats).data ?? [];
  const forked = chats.find(({ groupId }) => groupId === group.id)?.forked ?? [];
  if (forked.length === 0) return null;
  return (
    <p class="card bad">
      {say().groups.forkedChat} <bdi>{forked.join(", ")}</bdi>
    </p>
  );
}

/** What only members see. */
function Inside({ group }: { readonly group: GroupBody }): JSX.Element {
  return (
    <>
      <GroupMembers group={group} />
      <Votes group={group} />
      <GroupInvites group={group} />
      <GroupFolder group={group} />
    </>
  );
}

function LeaveDialog(props: {
  readonly group: GroupBody;
  readonly onClose: () => void;
}): JSX.Element {
  const { group } = props;
  const { groups } = say();
  return (
    <ConfirmDialog
      title={groups.leaveTitle(titleOf(group))}
      action={group.state === "out" ? groups.forget : groups.leave}
      onConfirm={async () => {
        if (group.state === "out") await api().groups.forget(group.id);
        else await api().groups.leave(group.id);
        location.hash = groupFragment();
        await resources.groups.refresh();
      }}
      onClose={props.onClose}
    >
      {groups.leaveText}
    </ConfirmDialog>
  );
}

/** Does something with a group, tells what goes wrong, and shows the group as it is then. */
export async function changeGroup(work: () => Promise<unknown>): Promise<boolean> {
  return attempt(async () => {
    await work();
    await resources.groups.refresh();
  });
}
