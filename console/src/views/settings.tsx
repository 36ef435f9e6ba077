import type { JSX } from "preact";
import { Icon, type IconName } from "../parts/icons.tsx";
import { BrowsersPage } from "../parts/settings/browsers-page.tsx";
import { ContactsFilePage } from "../parts/settings/contacts-file.tsx";
import { DevicesPage } from "../parts/settings/devices.tsx";
import { ExportPage } from "../parts/settings/export-page.tsx";
import { LogsPage } from "../parts/settings/logs-page.tsx";
import { LookPage } from "../parts/settings/look-page.tsx";
import { PicturePage } from "../parts/settings/picture-page.tsx";
import { RecoveryPage } from "../parts/settings/recovery.tsx";
import { RequestsPage } from "../parts/settings/requests-page.tsx";
import { SpacePage } from "../parts/settings/space-page.tsx";
import { Empty } from "../parts/states.tsx";
import {
  formatFragment,
  SETTINGS,
  type SettingsName,
  settingsFragment,
} from "../state/fragment.ts";
import { place } from "../state/session.ts";
import { say } from "../words/language.ts";

const PAGES: Readonly<Record<SettingsName, readonly [IconName, () => JSX.Element]>> = {
  look: ["eye", LookPage],
  picture: ["people", PicturePage],
  devices: ["devices", DevicesPage],
  browsers: ["phone", BrowsersPage],
  recovery: ["key", RecoveryPage],
  requests: ["people", RequestsPage],
  contacts: ["file", ContactsFilePage],
  export: ["download", ExportPage],
  space: ["drive", SpacePage],
  logs: ["clock", LogsPage],
};

/** Everything that a person sets once. */
export function SettingsView(): JSX.Element {
  const { settings } = say();
  const open = SETTINGS.find((one) => one === place.value.page);
  const Page = open === undefined ? undefined : PAGES[open][1];
  return (
    <section
      class="view split-view"
      data-open={Page !== undefined}
      aria-labelledby="settings-title"
    >
      <div class="split-list">
        <header class="view-head">
          <h1 id="settings-title">{settings.title}</h1>
        </header>
        <ul class="rows">
          {SETTINGS.map((name) => (
            <Row key={name} name={name} icon={PAGES[name][0]} isOpen={name === open} />
          ))}
          <li class="phone-only">
            <a class="row" href={formatFragment("status")}>
              <Icon name="status" />
              <span class="grow">
                <strong>{settings.pages.status}</strong>
                <small class="quiet">{settings.hints.status}</small>
              </span>
            </a>
          </li>
        </ul>
      </div>
      <div class="split-detail">
        {Page === undefined ? <Empty icon="settings" title={settings.choose} /> : <Page />}
      </div>
    </section>
  );
}

function Row(props: {
  readonly name: SettingsName;
  readonly icon: IconName;
  readonly isOpen: boolean;
}): JSX.Element {
  const { settings } = say();
  return (
    <li>
      <a
        class="row"
        href={settingsFragment(props.name)}
        aria-current={props.isOpen ? "page" : undefined}
      >
        <Icon name={props.icon} />
        <span class="grow">
          <strong>{settings.pages[props.name]}</strong>
          <small class="quiet">{settings.hints[props.name]}</small>
        </span>
      </a>
    </li>
  );
}
