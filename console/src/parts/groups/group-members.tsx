import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { GroupBody, GroupMemberBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { cleanName } from "../../state/format.ts";
import { notify } from "../../state/notices.ts";
import { resources, useResource } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { ConfirmDialog } from "../confirm-dialog.tsx";
import { Dialog } from "../dialog.tsx";
import { Avatar, Name } from "../name.tsx";
import { changeGroup } from "./group-page.tsx";

/** Who is in the group, with what they may do, and what may be done about them from here. */
export function GroupMembers({ group }: { readonly group: GroupBody }): JSX.Element {
  const { groups } = say();
  const [isAdding, setAdding] = useState(false);
  const mine = group.members.find(({ isYou }) => isYou)?.role ?? "member";
  return (
    <section class="card" aria-label={groups.members}>
      <header class="card-head">
        <h3>{groups.members}</h3>
        {mine === "member" ? null : (
          <button type="button" onClick={() => setAdding(true)}>
            {groups.addContact}
          </button>
        )}
      </header>
      <ul class="lines">
        {group.members.map((member) => (
          <Member key={member.person} group={group} member={member} mine={mine} />
        ))}
      </ul>
      {group.orphans.length === 0 ? null : <Orphans group={group} />}
      {isAdding ? <AddDialog group={group} onClose={() => setAdding(false)} /> : null}
    </section>
  );
}

function Member(props: {
  readonly group: GroupBody;
  readonly member: GroupMemberBody;
  readonly mine: GroupMemberBody["role"];
}): JSX.Element {
  const { group, member, mine } = props;
  const { groups } = say();
  const [isRemoving, setRemoving] = useState(false);
  const { person, name, role, isYou } = member;
  const mayChange =
    !isYou && role !== "owner" && (mine === "owner" || (mine === "admin" && role === "member"));
  const other = role === "admin" ? "member" : "admin";
  return (
    <li class="line">
      <Avatar of={name} online={member.isLive} person={person} />
      <span class="grow">
        <strong>
          <Name of={name} />
          {isYou ? <span class="quiet"> ({groups.you})</span> : null}
        </strong>
        <small class="quiet">
          {groups.roles[role]}
          {isYou || role === "owner" ? "" : ` · ${groups.addedBy(cleanName(member.addedBy))}`}
          {member.isLive ? "" : ` · ${groups.quiet}`}
        </small>
      </span>
      {mayChange ? (
        <span class="buttons">
          <button
            type="button"
            onClick={() => void changeGroup(() => api().groups.role(group.id, person, other))}
          >
            {role === "admin" ? groups.makeMember : groups.makeAdmin}
          </button>
          <button type="button" onClick={() => setRemoving(true)}>
            {groups.removeMember}
          </button>
        </span>
      ) : null}
      {isRemoving ? (
        <ConfirmDialog
          title={groups.removeTitle(cleanName(name))}
          action={groups.removeMember}
          onConfirm={async () => {
            await api().groups.remove(group.id, person);
            await resources.groups.refresh();
            notify("good", groups.removed);
          }}
          onClose={() => setRemoving(false)}
        >
          {groups.removeText}
        </ConfirmDialog>
      ) : null}
    </li>
  );
}

function Orphans({ group }: { readonly group: GroupBody }): JSX.Element {
  const { groups } = say();
  return (
    <>
      <h3>{groups.orphans}</h3>
      <ul class="lines">
        {group.orphans.map(({ person, name, role }) => (
          <li key={person} class="line">
            <span class="grow">
              <Name of={name} />
            </span>
            <button
              type="button"
              onClick={() => void changeGroup(() => api().groups.add(group.id, [person], role))}
            >
              {groups.letIn}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function AddDialog(props: {
  readonly group: GroupBody;
  readonly onClose: () => void;
}): JSX.Element {
  const { group, onClose } = props;
  const { groups } = say();
  const contacts = useResource(resources.contacts).data ?? [];
  const inside = new Set(group.members.map(({ person }) => person));
  const free = contacts.filter(
    ({ personId, state, blocked }) => !inside.has(personId) && state === "met" && !blocked,
  );
  const add = async (personId: string): Promise<void> => {
    const isDone = await changeGroup(() => api().groups.add(group.id, [personId], "member"));
    if (!isDone) return;
    notify("good", groups.added);
    onClose();
  };
  return (
    <Dialog title={groups.addContactTitle} onClose={onClose}>
      {free.length === 0 ? <p class="quiet">{groups.addContactNone}</p> : null}
      <ul class="rows">
        {free.map(({ personId, petname, reachable }) => (
          <li key={personId}>
            <button type="button" class="row" onClick={() => void add(personId)}>
              <Avatar of={petname} online={reachable} person={personId} />
              <Name of={petname} />
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
