import { type Signal, signal } from "@preact/signals";
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { InviteDialog } from "../parts/invite-dialog.tsx";
import { PictureChooser } from "../parts/picture-chooser.tsx";
import { RecoveryWords } from "../parts/settings/recovery.tsx";
import { Neighbours } from "../parts/settings/space-page.tsx";
import { Load } from "../parts/states.tsx";
import { api } from "../state/api.ts";
import { formatBytes } from "../state/format.ts";
import { attempt, notify } from "../state/notices.ts";
import { go } from "../state/session.ts";
import { resources } from "../state/views.ts";
import { endWelcome } from "../state/welcome.ts";
import { say } from "../words/language.ts";

const STEPS = ["name", "words", "disk", "near"] as const;
type Step = (typeof STEPS)[number];

const step: Signal<Step> = signal("name");

const GB = 1_000_000_000;
const GIFTS = [1, 10, 50, 200] as const;

const PAGES: Readonly<Record<Step, () => JSX.Element>> = {
  name: NameStep,
  words: WordsStep,
  disk: DiskStep,
  near: NearStep,
};

/** The first evening: a name, the words, some disk, and who is near. */
export function WelcomeView(): JSX.Element {
  const { welcome } = say();
  const at = STEPS.indexOf(step.value);
  const Page = PAGES[step.value];
  const next = STEPS[at + 1];
  const end = (): void => {
    endWelcome();
    go("map");
  };
  return (
    <section class="view welcome" aria-labelledby="welcome-title">
      <h1 id="welcome-title">{welcome.title}</h1>
      <p class="quiet">{welcome.intro}</p>
      <ol class="steps">
        {STEPS.map((one) => (
          <li key={one}>
            <button
              type="button"
              class="ghost"
              aria-current={one === step.value ? "step" : undefined}
              onClick={() => {
                step.value = one;
              }}
            >
              {welcome.steps[one]}
            </button>
          </li>
        ))}
      </ol>
      <div class="card form">
        <Page />
      </div>
      <div class="buttons">
        {next === undefined ? (
          <button type="button" class="primary" onClick={end}>
            {welcome.done}
          </button>
        ) : (
          <button
            type="button"
            class="primary"
            onClick={() => {
              step.value = next;
            }}
          >
            {welcome.next}
          </button>
        )}
        {next === undefined ? null : (
          <button type="button" onClick={end}>
            {welcome.later}
          </button>
        )}
      </div>
    </section>
  );
}

function NameStep(): JSX.Element {
  return (
    <>
      <Load from={resources.status}>{({ name }) => <NameForm key={name} name={name} />}</Load>
      <PictureChooser />
    </>
  );
}

function NameForm({ name }: { readonly name: string }): JSX.Element {
  const { welcome, common } = say();
  const [text, setText] = useState(name);
  const id = useId();
  const save = async (): Promise<void> => {
    const { peerId } = await api().status();
    await api().devices.rename(peerId, text.trim());
    await resources.status.refresh();
    notify("good", common.saved);
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(save);
      }}
    >
      <label for={id}>{welcome.name}</label>
      <input
        id={id}
        type="text"
        autocomplete="off"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <p class="quiet">{welcome.nameHint}</p>
      <button type="submit" disabled={text.trim() === "" || text.trim() === name}>
        {welcome.nameSave}
      </button>
    </form>
  );
}

function WordsStep(): JSX.Element {
  const { recovery, welcome } = say();
  return (
    <Load from={resources.recovery}>
      {(found) => (
        <>
          <p>{recovery.intro}</p>
          <RecoveryWords found={found} />
          <p class="quiet">{welcome.wordsLater}</p>
        </>
      )}
    </Load>
  );
}

function DiskStep(): JSX.Element {
  const { welcome } = say();
  const give = async (quotaBytes: number): Promise<void> => {
    await api().setQuota(quotaBytes);
    await resources.keeping.refresh();
  };
  return (
    <Load from={resources.keeping}>
      {({ quotaBytes }) => (
        <>
          <h2>{welcome.disk}</h2>
          <p class="quiet">{welcome.diskHint}</p>
          <div class="buttons">
            {GIFTS.map((gift) => (
              <button
                key={gift}
                type="button"
                aria-pressed={quotaBytes === gift * GB}
                onClick={() => void attempt(() => give(gift * GB))}
              >
                {welcome.gb(gift)}
              </button>
            ))}
          </div>
          <p role="status">{welcome.diskNow(formatBytes(quotaBytes))}</p>
        </>
      )}
    </Load>
  );
}

function NearStep(): JSX.Element {
  const { welcome, people } = say();
  const [isInviting, setInviting] = useState(false);
  return (
    <>
      <h2>{welcome.near}</h2>
      <Load from={resources.peers}>
        {(peers) =>
          peers.neighbours.length === 0 ? (
            <p class="quiet" role="status">
              {welcome.nearNone}
            </p>
          ) : (
            <Neighbours peers={peers} />
          )
        }
      </Load>
      <p>{welcome.nearInvite}</p>
      <button type="button" onClick={() => setInviting(true)}>
        {people.invite}
      </button>
      {isInviting ? <InviteDialog onClose={() => setInviting(false)} /> : null}
    </>
  );
}
