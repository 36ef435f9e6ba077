import type { JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import type { KeptForBody, RecoveryBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { cleanName } from "../../state/format.ts";
import { attempt } from "../../state/notices.ts";
import { reasonIn } from "../../state/refusal.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { FewWords } from "../few-words.tsx";
import { Name } from "../name.tsx";

/** How often the peer is asked how far it is, in milliseconds. */
const LOOK_MS = 700;
const WORDS = [1, 2, 3, 4] as const;

/** Helps a friend back for whom a part is kept here. */
export function HelpFriend(props: {
  readonly kept: KeptForBody;
  readonly approval: RecoveryBody["approval"];
}): JSX.Element {
  const { kept, approval } = props;
  const { recovery, devices } = say();
  const [isBegun, setBegun] = useState(false);
  const isGoing =
    isBegun &&
    (approval.state === "reaching" ||
      approval.state === "comparing" ||
      approval.state === "sending");
  useEffect(() => {
    if (!isGoing) return;
    const poll = setInterval(() => void resources.recovery.refresh(), LOOK_MS);
    return () => clearInterval(poll);
  }, [isGoing]);
  return (
    <section class="card form" aria-label={`${recovery.help}: ${cleanName(kept.contact)}`}>
      <h3>
        {recovery.help}: <Name of={kept.contact} />
      </h3>
      <p class="quiet">
        {recovery.helpIntro} {recovery.keptFor(kept.need, kept.total)}
      </p>
      {isBegun && approval.state === "comparing" ? (
        <>
          <p>{recovery.helpCompare(cleanName(kept.contact))}</p>
          <FewWords
            labels={WORDS.map((place) => devices.word(place))}
            action={devices.compare}
            onWords={async (words) => {
              await attempt(async () => void (await api().devices.approveWords(words)));
              await resources.recovery.refresh();
            }}
          />
        </>
      ) : (
        <>
          {isBegun ? <p role="status">{stateWords(approval)}</p> : null}
          {isGoing ? null : <BeginForm kept={kept} onBegun={() => setBegun(true)} />}
        </>
      )}
    </section>
  );
}

function BeginForm(props: {
  readonly kept: KeptForBody;
  readonly onBegun: () => void;
}): JSX.Element {
  const { recovery } = say();
  const [link, setLink] = useState("");
  const id = useId();
  const begin = async (): Promise<void> => {
    await api().devices.approve(link.trim(), props.kept.personId);
    await resources.recovery.refresh();
    props.onBegun();
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(begin);
      }}
    >
      <label for={id}>{recovery.helpLink}</label>
      <input
        id={id}
        type="text"
        autocomplete="off"
        placeholder="peernet:recover/…"
        value={link}
        onInput={(event) => setLink(event.currentTarget.value)}
      />
      <button type="submit" disabled={link.trim() === ""}>
        {recovery.helpBegin}
      </button>
    </form>
  );
}

function stateWords({ state, reason, reasonCode, have, need }: RecoveryBody["approval"]): string {
  const { recovery } = say();
  if (state === "reaching") return recovery.helpReaching;
  if (state === "sending") return recovery.helpSending;
  if (state === "done") return recovery.helpDone(have, need);
  return reasonIn(reasonCode) ?? reason;
}
