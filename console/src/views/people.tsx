import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ContactBody } from "../../../src/api/client/index.ts";
import { AddDialog } from "../parts/add-dialog.tsx";
import { Badge } from "../parts/badge.tsx";
import { Chat } from "../parts/chat.tsx";
import { Icon } from "../parts/icons.tsx";
import { InviteDialog } from "../parts/invite-dialog.tsx";
import { Avatar, Name } from "../parts/name.tsx";
import { About } from "../parts/person/about.tsx";
import { Requests } from "../parts/requests.tsx";
import { Empty, Load } from "../parts/states.tsx";
import { formatFragment } from "../state/fragment.ts";
import { place } from "../state/session.ts";
import { resources, useResource } from "../state/views.ts";
import { say } from "../words/language.ts";

/** People: contacts, invitations and conversations. */
export function PeopleView(): JSX.Element {
  const [dialog, setDialog] = useState<"invite" | "add" | undefined>(undefined);
  const { person } = place.value;
  const { people } = say();
  const close = (): void => setDialog(undefined);
  const requests = useResource(resources.requests).data;
  return (
    <section
      class="view split-view"
      data-open={person !== undefined}
      aria-labelledby="people-title"
    >
      <div class="split-list">
        <header class="view-head">
          <h1 id="people-title">{people.title}</h1>
          <div class="buttons">
            <button type="button" class="primary" onClick={() => setDialog("invite")}>
              <Icon name="plus" /> {people.invite}
            </button>
            <button type="button" onClick={() => setDialog("add")}>
              <Icon name="link" /> {people.addByLink}
            </button>
          </div>
        </header>
        {requests === undefined ? null : <Requests found={requests} />}
        <Load from={resources.contacts}>
          {(contacts) => <Contacts contacts={contacts} open={person} />}
        </Load>
      </div>
      <div class="split-detail">
        {person === undefined ? (
          <Empty icon="people" title={people.noneOpen}>
            {people.noneOpenHint}
          </Empty>
        ) : (
          <Load from={resources.contacts}>
            {(contacts) => <Open contacts={contacts} person={person} />}
          </Load>
        )}
      </div>
      {dialog === "invite" ? <InviteDialog onClose={close} /> : null}
      {dialog === "add" ? <AddDialog onClose={close} /> : null}
    </section>
  );
}

function Open(props: {
  readonly contacts: readonly ContactBody[];
  readonly person: string;
}): JSX.Element {
  const { people } = say();
  const contact = props.contacts.find(({ personId }) => personId === props.person);
  if (contact === undefined) {
    return (
      <Empty icon="people" title={people.notThere}>
        <a href={formatFragment("people")}>{people.backToPeople}</a>
      </Empty>
    );
  }
  if (place.value.page === "about") {
    return <About key={contact.personId} personId={contact.personId} />;
  }
  return <Chat key={contact.personId} contact={contact} />;
}

function Contacts(props: {
  readonly contacts: readonly ContactBody[];
  readonly open: string | undefined;
}): JSX.Element {
  const { people } = say();
  if (props.contacts.length === 0) {
    return (
      <Empty icon="people" title={people.nobody}>
        {people.nobodyHint}
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
            <Avatar of={contact.petname} online={contact.reachable} person={contact.personId} />
            <span class="grow">
              <strong>
                <Name of={contact.petname} />
              </strong>
              <small class="quiet">{reachOf(contact)}</small>
            </span>
            <Badge of={contact.unreadCount} />
          </a>
        </li>
      ))}
    </ul>
  );
}

/** How a contact stands, in words. */
export function reachOf(contact: ContactBody): string {
  const { people } = say();
  if (contact.blocked) return people.blocked;
  if (contact.state === "asked") return people.asked;
  if (!contact.reachable) return people.notInReach;
  if (contact.hops === null || contact.hops === 0) return people.inReach;
  return contact.hops === 1 ? people.direct : people.hops(contact.hops);
}
