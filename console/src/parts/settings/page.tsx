import type { ComponentChildren, JSX } from "preact";
import { settingsFragment } from "../../state/fragment.ts";
import { say } from "../../words/language.ts";
import { Icon } from "../icons.tsx";

/** One page of the settings: on a phone with the way back to all of them. */
export function SettingsPage(props: {
  readonly title: string;
  readonly intro?: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <section class="page" aria-label={props.title}>
      <header class="page-head">
        <a
          class="button ghost icon-only back"
          href={settingsFragment()}
          aria-label={say().common.back}
        >
          <Icon name="back" />
        </a>
        <h2>{props.title}</h2>
      </header>
      {props.intro === undefined ? null : <p class="quiet">{props.intro}</p>}
      {props.children}
    </section>
  );
}
