import type { JSX } from "preact";
import { say } from "../../words/language.ts";
import { PictureChooser } from "../picture-chooser.tsx";
import { SettingsPage } from "./page.tsx";

/** The picture that contacts see of this person. */
export function PicturePage(): JSX.Element {
  const { settings } = say();
  return (
    <SettingsPage title={settings.pages.picture}>
      <div class="card">
        <PictureChooser />
      </div>
    </SettingsPage>
  );
}
