import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { api } from "../../state/api.ts";
import { attempt, notify } from "../../state/notices.ts";
import { saveText } from "../../state/save-text.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Icon } from "../icons.tsx";
import { SettingsPage } from "./page.tsx";

/** Contacts out of this peer as a file, and into it. */
export function ContactsFilePage(): JSX.Element {
  const { settings } = say();
  const input = useRef<HTMLInputElement>(null);
  const save = async (format: "json" | "vcard"): Promise<void> => {
    const text = await api().people.exportFile(format);
    if (format === "json") saveText("peernet-contacts.json", "application/json", text);
    else saveText("peernet-contacts.vcf", "text/vcard", text);
  };
  const load = async (file: File): Promise<void> => {
    const { added, known, skipped } = await api().people.importFile(await file.text());
    resources.contacts.invalidate();
    notify("good", settings.imported(added, known, skipped));
  };
  return (
    <SettingsPage title={settings.pages.contacts}>
      <section class="card form" aria-label={settings.exportTitle}>
        <h3>{settings.exportTitle}</h3>
        <p class="quiet">{settings.exportText}</p>
        <div class="buttons">
          <button type="button" onClick={() => void attempt(() => save("vcard"))}>
            <Icon name="download" /> {settings.exportVcard}
          </button>
          <button type="button" onClick={() => void attempt(() => save("json"))}>
            <Icon name="download" /> {settings.exportJson}
          </button>
        </div>
      </section>
      <section class="card form" aria-label={settings.importTitle}>
        <h3>{settings.importTitle}</h3>
        <p class="quiet">{settings.importText}</p>
        <input
          ref={input}
          type="file"
          hidden
          accept=".vcf,.json,text/vcard,application/json"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            if (file !== undefined) void attempt(() => load(file));
            currentTarget.value = "";
          }}
        />
        <button type="button" onClick={() => input.current?.click()}>
          <Icon name="upload" /> {settings.importButton}
        </button>
      </section>
    </SettingsPage>
  );
}
