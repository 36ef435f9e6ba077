import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ContactBody } from "../../../src/api/client/index.ts";
import { AddDialog } from "../parts/add-dialog.tsx";
import { Chat } from "../parts/chat.tsx";
import { Icon } from "../parts/icons.tsx";
import { InviteDialog } from "../parts/invite-dialog.tsx";
import { Avatar, Name } from "../parts/name.tsx";
import { Requests } from "../parts/requests.tsx";
import { Empty, Load } from "../parts/states.tsx";
import { count } from "../state/format.ts";
import { formatFragment } from "../state/fragment.ts";
import { place } from "../state/session.ts";
import { resources, useResource } from "../state/views.ts";

/** People: contacts, invitations and conversations. */
export function PeopleView(): JSX.Element {
  const [dialog, setDialog] = useState<"invite" | "add" | undefined>(undefined);
  const { person } = place.value;
  const close = (): void => setDialog(undefined);
  const requests = useResource(resources.requests).data;
  return (
    <section
      class="view people-view"
      data-open={person !== undefined}
      aria-labelledby="people-title"
    >
      <div class="people-list">
        <header class="view-head">
          <h1 id="people-title">People</h1>
          <div class="buttons">
            <button type="button" class="primary" onClick={() => setDialog("invite")}>
              <Icon name="plus" /> Invite
            </button>
            <button type="button" onClick={() => setDialog("add")}>
              <Icon name="link" /> Add by link
            </button>
          </div>
        </header>
        {requests === undefined ? null : <Requests found={requests} />}
        <Load from={resources.contacts}>
          {(contacts) => <Contacts contacts={contacts} open={person} />}
        </Load>
      </div>
      <div class="people-chat">
        {person === undefined ? (
          <Empty icon="people" title="No conversation open">
            Choose somebody on the left.
          </Empty>
        ) : (
          <Load from={resources.contacts}>
            {(contacts) => <Conversation contacts={contacts} person={person} />}
          </Load>
        )}
      </div>
      {dialog === "invite" ? <InviteDialog onClose={close} /> : null}
      {dialog === "add" ? <AddDialog onClose={close} /> : null}
    </section>
  );
}

function Conversation(props: {
  readonly contacts: readonly ContactBody[];
  readonly person: string;
}): JSX.Element {
  const contact = props.contacts.find(({ personId }) => personId === props.person);
  if (contact !== undefined) return <Chat key={contact.personId} contact={contact} />;
  return (
    <Empty icon="people" title="Not among your contacts">
      <a href={formatFragment("people")}>Back to people</a>
    </Empty>
  );
}

function Contacts(props: {
  readonly contacts: readonly ContactBody[];
  readonly open: string | undefined;
}): JSX.Element {
  if (props.contacts.length === 0) {
    return (
      <Empty icon="people" title="Nobody here yet">
        Invite a friend: they scan your code or open your link, and you can write to each other.
      </Empty>
    );
  }
  const sorted = [...props.contacts].sort(
    (one, other) =>
      Number(other.unreadCount > 0) - Number(one.unreadCount > 0) ||
      Number(other.reachable) - Number(one.reachable) ||
      one.petname.localeCompare(other.petname),
  );
  return (
    <ul class="rows contacts">
      {sorted.map((contact) => (
        <li key={contact.personId}>
          <a
            class="row"
            href={formatFragment("people", contact.personId)}
            aria-current={contact.personId === props.open ? "true" : undefined}
          >
            <Avatar of={contact.petname} online={contact.reachable} />
            <span class="grow">
              <strong>
                <Name of={contact.petname} />
              </strong>
              <small class="quiet">{reachOf(contact)}</small>
            </span>
            {contact.unreadCount > 0 ? (
              <b class="badge">
                {contact.unreadCount > 99 ? "99+" : contact.unreadCount}
                <span class="unseen"> unread</span>
              </b>
            ) : null}
          </a>
        </li>
      ))}
    </ul>
  );
}

/** How a contact stands, in words. */
export function reachOf(contact: ContactBody): string {
  if (contact.blocked) return "Blocked";
  if (contact.state === "asked") return "Asked; has not answered yet";
  if (!contact.reachable) return "Not in reach; messages wait";
  if (contact.hops === null || contact.hops === 0) return "In reach";
  return contact.hops === 1 ? "In reach, directly" : `In reach, ${count(contact.hops, "hop")} away`;
}
