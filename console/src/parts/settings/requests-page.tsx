import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { RequestSettingsBody, RequestsBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { cleanName, formatTime } from "../../state/format.ts";
import { attempt, notify } from "../../state/notices.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Load } from "../states.tsx";
import { SettingsPage } from "./page.tsx";

/** Requests shown a day at most, as the peer has it. */
const PER_DAY_MAX = 100;
/** Bytes of a word to somebody, in characters that a field takes. */
const TEXT_MAX = 300;

/** How many strangers may knock, and over whom; introductions that were begun here. */
export function RequestsPage(): JSX.Element {
  const { settings } = say();
  return (
    <SettingsPage title={settings.pages.requests}>
      <Load from={resources.requests}>
        {(found) => (
          <>
            <Rules of={found.settings} />
            <Sent found={found} />
            <AskForm />
          </>
        )}
      </Load>
    </SettingsPage>
  );
}

let last: Promise<unknown> = Promise.resolve();

/** One change after the other: the peer puts each beside what it has kept. */
function change(settings: Partial<RequestSettingsBody>): void {
  last = last.then(() =>
    attempt(async () => {
      await api().people.setRequests(settings);
      await resources.requests.refresh();
    }),
  );
}

function Rules({ of }: { readonly of: RequestSettingsBody }): JSX.Element {
  const { settings } = say();
  const id = useId();
  return (
    <section class="card form" aria-label={settings.pages.requests}>
      <label for={id}>{settings.perDay}</label>
      <input
        id={id}
        type="number"
        min={0}
        max={PER_DAY_MAX}
        value={of.perDay}
        onChange={({ currentTarget: { valueAsNumber: perDay } }) => {
          if (Number.isInteger(perDay)) change({ perDay });
        }}
      />
      <label class="line">
        <input
          type="checkbox"
          checked={of.relay}
          onChange={(event) => change({ relay: event.currentTarget.checked })}
        />
        <span>{settings.relay}</span>
      </label>
      <label class="line">
        <input
          type="checkbox"
          checked={of.findable}
          onChange={(event) => change({ findable: event.currentTarget.checked })}
        />
        <span>{settings.findable}</span>
      </label>
    </section>
  );
}

function Sent({ found }: { readonly found: RequestsBody }): JSX.Element {
  const { settings } = say();
  return (
    <section class="card" aria-label={settings.sent}>
      <h3>{settings.sent}</h3>
      {found.sent.length === 0 ? <p class="quiet">{settings.sentNone}</p> : null}
      <ul class="lines">
        {found.sent.map((one) => (
          <li key={`${one.id} ${one.to}`} class="line">
            <bdi class="grow">
              {one.isOwn === true
                ? settings.sentOwn(cleanName(one.to))
                : settings.sentTo(cleanName(one.to), cleanName(one.about))}
            </bdi>
            <small class="quiet">
              {settings.states[one.state]} · {formatTime(one.atMs, Date.now())}
            </small>
          </li>
        ))}
      </ul>
    </section>
  );
}

function AskForm(): JSX.Element {
  const { settings } = say();
  const [code, setCode] = useState("");
  const [text, setText] = useState("");
  const id = useId();
  const ask = async (): Promise<void> => {
    await api().people.ask(code.trim(), text.trim() === "" ? undefined : text.trim());
    await resources.requests.refresh();
    setCode("");
    notify("good", settings.asked);
  };
  return (
    <form
      class="card form"
      aria-label={settings.ask}
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(ask);
      }}
    >
      <h3>{settings.ask}</h3>
      <p class="quiet">{settings.askText}</p>
      <label for={`${id}-code`}>{settings.askCode}</label>
      <input
        id={`${id}-code`}
        type="text"
        autocomplete="off"
        placeholder="peernet:person/…"
        value={code}
        onInput={(event) => setCode(event.currentTarget.value)}
      />
      <label for={`${id}-text`}>{settings.askWord}</label>
      <input
        id={`${id}-text`}
        type="text"
        maxLength={TEXT_MAX}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" disabled={code.trim() === ""}>
        {settings.ask}
      </button>
    </form>
  );
}
