import type { JSX } from "preact";
import { api } from "../../state/api.ts";
import { getFile } from "../../state/transfers.ts";
import { say } from "../../words/language.ts";
import { Icon } from "../icons.tsx";
import { Transfers } from "../transfers.tsx";
import { SettingsPage } from "./page.tsx";

/** Everything that is a person's own as one file. */
export function ExportPage(): JSX.Element {
  const { records, settings } = say();
  return (
    <SettingsPage title={settings.pages.export} intro={records.exportIntro}>
      <section class="card form" aria-label={settings.pages.export}>
        <p>{records.exportWarning}</p>
        <button
          type="button"
          class="primary"
          onClick={() => getFile("peernet-export.zip", (signal) => api().records.export(signal))}
        >
          <Icon name="download" /> {records.exportButton}
        </button>
      </section>
      <Transfers />
      <section class="card" aria-label={records.exportIn}>
        <h3>{records.exportIn}</h3>
        <List of={records.exportInList()} />
      </section>
      <section class="card" aria-label={records.exportOut}>
        <h3>{records.exportOut}</h3>
        <List of={records.exportOutList()} />
      </section>
    </SettingsPage>
  );
}

function List({ of }: { readonly of: readonly string[] }): JSX.Element {
  return (
    <ul class="dots-list">
      {of.map((one) => (
        <li key={one}>{one}</li>
      ))}
    </ul>
  );
}
