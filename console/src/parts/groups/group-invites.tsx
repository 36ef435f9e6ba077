import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type {
  GroupBody,
  GroupInviteBody,
  GroupLinkBody,
} from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { cleanName, formatTime } from "../../state/format.ts";
import { attempt } from "../../state/notices.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Dialog } from "../dialog.tsx";
import { Icon } from "../icons.tsx";
import { LinkCard } from "../link-card.tsx";
import { changeGroup } from "./group-page.tsx";

const DAY_MS = 86_400_000;
const DAYS = 7;
const DAYS_MAX = 366;
const USES_MAX = 1_024;

/** Invites that are open, and a way to make one. */
export function GroupInvites({ group }: { readonly group: GroupBody }): JSX.Element | null {
  const { groups } = say();
  const [isInviting, setInviting] = useState(false);
  const mine = group.members.find(({ isYou }) => isYou)?.role ?? "member";
  if (mine === "member" && group.invites.length === 0) return null;
  return (
    <section class="card" aria-label={groups.openInvites}>
      <header class="card-head">
        <h3>{groups.openInvites}</h3>
        {mine === "member" ? null : (
          <button type="button" class="primary" onClick={() => setInviting(true)}>
            <Icon name="plus" /> {groups.invite}
          </button>
        )}
      </header>
      <ul class="lines">
        {group.invites.map((invite) => (
          <Invite key={invite.id} group={group} invite={invite} mayRevoke={mine !== "member"} />
        ))}
      </ul>
      {isInviting ? (
        <GroupInviteDialog
          group={group}
          mayAdmin={mine === "owner"}
          onClose={() => setInviting(false)}
        />
      ) : null}
    </section>
  );
}

function Invite(props: {
  readonly group: GroupBody;
  readonly invite: GroupInviteBody;
  readonly mayRevoke: boolean;
}): JSX.Element {
  const { group, invite } = props;
  const { groups, common } = say();
  const { used, uses, role, by } = invite;
  return (
    <li class="line">
      <span class="grow">
        <bdi>{groups.inviteLine(used, uses, groups.roles[role], cleanName(by))}</bdi>
        <small class="quiet">{common.goodUntil(formatTime(invite.expiresAtMs, Date.now()))}</small>
      </span>
      {props.mayRevoke ? (
        <button
          type="button"
          onClick={() => void changeGroup(() => api().groups.revoke(group.id, invite.id))}
        >
          {groups.takeBack}
        </button>
      ) : null}
    </li>
  );
}

function GroupInviteDialog(props: {
  readonly group: GroupBody;
  readonly mayAdmin: boolean;
  readonly onClose: () => void;
}): JSX.Element {
  const { groups, common } = say();
  const [made, setMade] = useState<GroupLinkBody | undefined>(undefined);
  return (
    <Dialog title={groups.inviteTitle} onClose={props.onClose}>
      {made === undefined ? (
        <Terms group={props.group} mayAdmin={props.mayAdmin} onMade={setMade} />
      ) : (
        <LinkCard link={made.link} qrLabel={groups.inviteQr} linkLabel={groups.inviteLink}>
          <p>{groups.inviteText}</p>
          <p class="quiet">{common.goodUntil(formatTime(made.expiresAtMs, Date.now()))}</p>
        </LinkCard>
      )}
    </Dialog>
  );
}

function Terms(props: {
  readonly group: GroupBody;
  readonly mayAdmin: boolean;
  readonly onMade: (made: GroupLinkBody) => void;
}): JSX.Element {
  const { groups } = say();
  const [role, setRole] = useState<"member" | "admin">("member");
  const [uses, setUses] = useState(1);
  const [days, setDays] = useState(DAYS);
  const id = useId();
  const make = async (): Promise<void> => {
    const made = await api().groups.invite(props.group.id, { role, uses, lifeMs: days * DAY_MS });
    await resources.groups.refresh();
    props.onMade(made);
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(make);
      }}
    >
      <label for={`${id}-role`}>{groups.inviteRole}</label>
      <select
        id={`${id}-role`}
        value={role}
        onChange={(event) => setRole(event.currentTarget.value === "admin" ? "admin" : "member")}
      >
        <option value="member">{groups.roles.member}</option>
        {props.mayAdmin ? <option value="admin">{groups.roles.admin}</option> : null}
      </select>
      <label for={`${id}-uses`}>{groups.inviteUses}</label>
      <input
        id={`${id}-uses`}
        type="number"
        min={1}
        max={USES_MAX}
        value={uses}
        onInput={(event) => setUses(event.currentTarget.valueAsNumber || 1)}
      />
      <label for={`${id}-days`}>{groups.inviteDays}</label>
      <input
        id={`${id}-days`}
        type="number"
        min={1}
        max={DAYS_MAX}
        value={days}
        onInput={(event) => setDays(event.currentTarget.valueAsNumber || DAYS)}
      />
      <button type="submit" class="primary">
        {groups.inviteMake}
      </button>
    </form>
  );
}
