import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { PeersBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { cleanName, formatMs } from "../../state/format.ts";
import { attempt, notify } from "../../state/notices.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Keeping } from "../keeping.tsx";
import { Name } from "../name.tsx";
import { Load } from "../states.tsx";
import { SettingsPage } from "./page.tsx";

/** What this peer gives, whom it dials, and where all of it lies. */
export function SpacePage(): JSX.Element {
  const { settings } = say();
  return (
    <SettingsPage title={settings.pages.space}>
      <Load from={resources.keeping}>{(keeping) => <Keeping keeping={keeping} />}</Load>
      <section class="card" aria-label={settings.neighbours}>
        <h3>{settings.neighbours}</h3>
        <Load from={resources.peers}>{(peers) => <Neighbours peers={peers} />}</Load>
      </section>
      <DialForm />
      <section class="card" aria-label={settings.home}>
        <h3>{settings.home}</h3>
        <Load from={resources.status}>
          {({ home }) => <p class="quiet">{settings.homeText(cleanName(home))}</p>}
        </Load>
      </section>
    </SettingsPage>
  );
}

/** Direct neighbours, with what their links are like. */
export function Neighbours({ peers }: { readonly peers: PeersBody }): JSX.Element {
  if (peers.neighbours.length === 0) return <p class="quiet">{say().settings.noNeighbours}</p>;
  // As everywhere, a contact bears the name that this person gave.
  const called = new Map(peers.peers.map(({ peerId, contact }) => [peerId, contact]));
  return (
    <ul class="lines">
      {peers.neighbours.map(({ peerId, name, roundTripMs, endpoints }) => (
        <li key={peerId} class="line">
          <span class="grow">
            <strong>
              <Name of={called.get(peerId) ?? name} />
            </strong>
            <small class="quiet">{endpoints.map((one) => cleanName(one)).join(", ")}</small>
          </span>
          <small class="quiet">{formatMs(roundTripMs)}</small>
        </li>
      ))}
    </ul>
  );
}

function DialForm(): JSX.Element {
  const { settings } = say();
  const [endpoint, setEndpoint] = useState("");
  const id = useId();
  const dial = async (): Promise<void> => {
    await api().addLink(endpoint.trim());
    setEndpoint("");
    notify("good", settings.dialed);
  };
  return (
    <form
      class="card form"
      aria-label={settings.dial}
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(dial);
      }}
    >
      <h3>{settings.dial}</h3>
      <p class="quiet">{settings.dialText}</p>
      <label for={id}>{settings.dialLabel}</label>
      <input
        id={id}
        type="text"
        autocomplete="off"
        value={endpoint}
        onInput={(event) => setEndpoint(event.currentTarget.value)}
      />
      <button type="submit" disabled={endpoint.trim() === ""}>
        {settings.dialButton}
      </button>
    </form>
  );
}
