import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { RecoveryBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { attempt, notify } from "../../state/notices.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { FewWords } from "../few-words.tsx";
import { Load } from "../states.tsx";
import { SettingsPage } from "./page.tsx";
import { RecoveryFriends } from "./recovery-friends.tsx";
import { HelpFriend } from "./recovery-help.tsx";

/** How this person comes back after a loss, and whom they help back. */
export function RecoveryPage(): JSX.Element {
  const { recovery } = say();
  return (
    <SettingsPage title={recovery.title} intro={recovery.intro}>
      <Load from={resources.recovery}>
        {(found) => (
          <>
            <section class="card form" aria-label={recovery.words}>
              <h3>{recovery.words}</h3>
              <RecoveryWords found={found} />
            </section>
            <RecoveryFriends found={found} />
            {found.keptFor.map((kept) => (
              <HelpFriend key={kept.personId} kept={kept} approval={found.approval} />
            ))}
          </>
        )}
      </Load>
    </SettingsPage>
  );
}

/** The 24 words: warned of, shown, written down, asked for, and then shown no more. */
export function RecoveryWords({ found }: { readonly found: RecoveryBody }): JSX.Element {
  const { recovery } = say();
  const [words, setWords] = useState<readonly string[] | undefined>(undefined);
  const [isAsking, setAsking] = useState(false);
  if (!found.holdsWords) return <p>{recovery.notHere}</p>;
  if (found.isConfirmed) return <p class="good">{recovery.confirmed}</p>;
  if (isAsking) {
    return (
      <>
        <p>{recovery.asked}</p>
        <FewWords
          key={found.asks.join()}
          labels={found.asks.map((place) => recovery.word(place))}
          action={recovery.confirm}
          onWords={async (typed) => {
            if (await attempt(() => confirm(typed))) setWords(undefined);
          }}
        />
        <button type="button" class="ghost" onClick={() => setAsking(false)}>
          {say().common.back}
        </button>
      </>
    );
  }
  if (words === undefined) {
    return (
      <>
        <p class="bad">{recovery.unconfirmed}</p>
        <p>{recovery.warning}</p>
        <button
          type="button"
          class="primary"
          onClick={() => void attempt(async () => setWords(await api().devices.recoveryWords()))}
        >
          {recovery.show}
        </button>
      </>
    );
  }
  return (
    <>
      <p>{recovery.write}</p>
      <ol class="word-grid">
        {words.map((word, at) => (
          <li key={at}>{word}</li>
        ))}
      </ol>
      <div class="buttons">
        <button type="button" class="primary" onClick={() => setAsking(true)}>
          {recovery.written}
        </button>
        <button type="button" onClick={() => setWords(undefined)}>
          {recovery.hide}
        </button>
      </div>
    </>
  );
}

async function confirm(typed: readonly string[]): Promise<void> {
  try {
    await api().devices.confirmRecovery(typed);
    notify("good", say().recovery.right);
  } finally {
    // Wrong or right: other places are asked for next.
    await resources.recovery.refresh();
  }
}
