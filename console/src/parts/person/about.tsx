import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ContactDetailBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { useAsk } from "../../state/ask.ts";
import { cleanName, formatTime } from "../../state/format.ts";
import { formatFragment } from "../../state/fragment.ts";
import { attempt, notify } from "../../state/notices.ts";
import { go } from "../../state/session.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Icon } from "../icons.tsx";
import { Avatar, Name } from "../name.tsx";
import { Failed, Loading } from "../states.tsx";
import { AboutDialogs, type Asking } from "./dialogs.tsx";
import { Verification } from "./verification.tsx";

/** How often what is shown is asked for anew, in milliseconds. */
const EVERY_MS = 10_000;

/** Everything about a contact, and what can be done about it. */
export function About({ personId }: { readonly personId: string }): JSX.Element {
  const { data, error, retry, put } = useAsk(
    () => api().people.show(personId),
    [personId],
    EVERY_MS,
  );
  if (data === undefined) {
    return error === undefined ? <Loading /> : <Failed error={error} retry={retry} />;
  }
  const change = (next: ContactDetailBody): void => {
    put(next);
    resources.contacts.invalidate();
  };
  return <Detail contact={data} onChange={change} onRenamed={retry} />;
}

function Detail(props: {
  readonly contact: ContactDetailBody;
  readonly onChange: (next: ContactDetailBody) => void;
  readonly onRenamed: () => void;
}): JSX.Element {
  const { contact, onChange } = props;
  const { people } = say();
  const [asking, setAsking] = useState<Asking | undefined>(undefined);
  const name = cleanName(contact.petname);
  return (
    <section class="page" aria-label={people.aboutOf(name)}>
      <header class="page-head">
        <a
          class="button ghost icon-only"
          href={formatFragment("people", contact.personId)}
          aria-label={say().common.back}
        >
          <Icon name="back" />
        </a>
        <Avatar
          of={contact.petname}
          online={contact.devices.some(({ reachable }) => reachable)}
          person={contact.personId}
        />
        <h2>
          <Name of={contact.petname} />
        </h2>
        <button type="button" onClick={() => setAsking("rename")}>
          {people.rename}
        </button>
      </header>
      {contact.refusal === null ? null : <p class="card bad">{contact.refusal}</p>}
      {contact.keyChanged ? <KeyChanged contact={contact} onChange={onChange} /> : null}
      <Facts contact={contact} />
      <Verification contact={contact} onVerify={() => setAsking("verify")} />
      <Devices contact={contact} />
      <Acts contact={contact} onChange={onChange} onAsk={setAsking} />
      <AboutDialogs
        contact={contact}
        asking={asking}
        onChange={onChange}
        onRenamed={props.onRenamed}
        onRemoved={() => go("people")}
        onClose={() => setAsking(undefined)}
      />
    </section>
  );
}

function KeyChanged(props: {
  readonly contact: ContactDetailBody;
  readonly onChange: (next: ContactDetailBody) => void;
}): JSX.Element {
  const { people } = say();
  const confirm = async (): Promise<void> => {
    props.onChange(await api().people.confirmKey(props.contact.personId));
  };
  return (
    <section class="card warning form" role="alert" aria-label={people.keyChanged}>
      <h3>{people.keyChanged}</h3>
      <p>{people.keyChangedText}</p>
      <button type="button" onClick={() => void attempt(confirm)}>
        {people.confirmKey}
      </button>
    </section>
  );
}

function Facts({ contact }: { readonly contact: ContactDetailBody }): JSX.Element {
  const { people } = say();
  const now = Date.now();
  return (
    <section class="card" aria-label={people.met}>
      <dl class="facts">
        <div class="wide">
          <dt>{people.met}</dt>
          <dd>
            <bdi>{meetingOf(contact.howMet)}</bdi>
          </dd>
        </div>
        <div>
          <dt>{people.since}</dt>
          <dd>{formatTime(contact.addedAtMs, now)}</dd>
        </div>
        <div>
          <dt>{people.lastSeen}</dt>
          <dd>
            {contact.lastSeenAtMs === null ? people.never : formatTime(contact.lastSeenAtMs, now)}
          </dd>
        </div>
      </dl>
      {contact.edge.closedForMs > 0 ? (
        <p class="quiet">{people.edge(Math.ceil(contact.edge.closedForMs / 3_600_000))}</p>
      ) : null}
    </section>
  );
}

function meetingOf({ kind, by, via }: ContactDetailBody["howMet"]): string {
  const { howMet } = say().people;
  const words = howMet[kind];
  const how =
    typeof words === "string" ? words : words(by === null ? howMet.somebody : cleanName(by));
  return via === null ? how : howMet.via(how, cleanName(via));
}

function Devices({ contact }: { readonly contact: ContactDetailBody }): JSX.Element {
  const { people, devices } = say();
  return (
    <section class="card" aria-label={people.devicesOf}>
      <h3>{people.devicesOf}</h3>
      {contact.devices.length === 0 ? <p class="quiet">{people.noDevices}</p> : null}
      <ul class="lines">
        {contact.devices.map(({ peerId, name, address, reachable, quantumSafe }) => (
          <li key={peerId} class="line">
            <span class={reachable ? "spot here" : "spot"} />
            <span class="grow">
              <Name of={name ?? ""} fallback={people.unnamed} />
              <small class="quiet">
                <code>{address}</code>
              </small>
              {quantumSafe ? <small class="quiet">{people.quantumSafe}</small> : null}
            </span>
            <small class="quiet">{reachable ? devices.inReach : devices.away}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Acts(props: {
  readonly contact: ContactDetailBody;
  readonly onChange: (next: ContactDetailBody) => void;
  readonly onAsk: (asking: Asking) => void;
}): JSX.Element {
  const { contact } = props;
  const { people } = say();
  const block = async (): Promise<void> => {
    const next = await api().people.block(contact.personId, !contact.blocked);
    props.onChange(next);
    notify("good", next.blocked ? people.blockedNow : people.unblockedNow);
  };
  return (
    <div class="buttons">
      <button type="button" onClick={() => props.onAsk("introduce")}>
        {people.introduce}
      </button>
      <button type="button" onClick={() => void attempt(block)}>
        {contact.blocked ? people.unblock : people.block}
      </button>
      <button type="button" class="danger" onClick={() => props.onAsk("remove")}>
        {people.remove}
      </button>
    </div>
  );
}
