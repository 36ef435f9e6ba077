import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { installOffer, isNotifying, offerInstall, wantNotices } from "../../state/app.ts";
import { attempt } from "../../state/notices.ts";
import { chooseTheme, THEMES, type Theme, theme } from "../../state/theme.ts";
import { chooseLanguage, LANGUAGES, type Language, language, say } from "../../words/language.ts";
import { SettingsPage } from "./page.tsx";

/** Language, light or dark, and the page as an app. */
export function LookPage(): JSX.Element {
  const { settings } = say();
  const id = useId();
  return (
    <SettingsPage title={settings.pages.look}>
      <section class="card form" aria-label={settings.language}>
        <label for={`${id}-language`}>{settings.language}</label>
        <select
          id={`${id}-language`}
          value={language.value}
          onChange={({ currentTarget: { value } }) =>
            void attempt(() => chooseLanguage(value as Language))
          }
        >
          {Object.entries(LANGUAGES).map(([key, name]) => (
            <option key={key} value={key} lang={key}>
              {name}
            </option>
          ))}
        </select>
        <p class="quiet">{settings.peerEnglish}</p>
        <label for={`${id}-theme`}>{settings.theme}</label>
        <select
          id={`${id}-theme`}
          value={theme.value}
          onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}
        >
          {THEMES.map((one) => (
            <option key={one} value={one}>
              {settings.themes[one]}
            </option>
          ))}
        </select>
      </section>
      <AsApp />
    </SettingsPage>
  );
}

function AsApp(): JSX.Element {
  const { settings } = say();
  const offer = installOffer.value;
  return (
    <section class="card form" aria-label={settings.install}>
      <h3>{settings.install}</h3>
      <p class="quiet">{offer ? settings.installText : settings.installNot}</p>
      {offer ? (
        <button type="button" onClick={() => void offerInstall()}>
          {settings.installButton}
        </button>
      ) : null}
      <label class="line">
        <input
          type="checkbox"
          checked={isNotifying.value}
          onChange={(event) => void wantNotices(event.currentTarget.checked)}
        />
        <span>{settings.notify}</span>
      </label>
    </section>
  );
}
