import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { AddingBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { wordsOf } from "../../state/errors.ts";
import { cleanName, formatTime } from "../../state/format.ts";
import { attempt } from "../../state/notices.ts";
import { reasonIn } from "../../state/refusal.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Dialog } from "../dialog.tsx";
import { FewWords } from "../few-words.tsx";
import { LinkCard } from "../link-card.tsx";
import { Failed, Loading } from "../states.tsx";

/** How often the peer is asked how far it is, in milliseconds. */
const LOOK_MS = 500;
/** Words that are compared. */
const WORDS = [1, 2, 3, 4] as const;

/** Takes a new device in: by its link, or by the four words that it shows. */
export function AddDeviceDialog(props: {
  /** Whether the new device is given messages of the past. */
  readonly givesHistory: boolean;
  readonly onClose: () => void;
}): JSX.Element {
  const { adding, error, begin } = useAdding(props.givesHistory);
  return (
    <Dialog title={say().devices.add} onClose={props.onClose}>
      {error === undefined ? null : <Failed error={error} retry={begin} />}
      {adding === undefined ? (
        error === undefined ? (
          <Loading />
        ) : null
      ) : (
        <AddingState adding={adding} begin={begin} />
      )}
    </Dialog>
  );
}

/** Opens this peer for a new device, and shuts it when the dialog goes. */
function useAdding(givesHistory: boolean): {
  readonly adding: AddingBody | undefined;
  readonly error: string | undefined;
  readonly begin: () => void;
} {
  const [adding, setAdding] = useState<AddingBody | undefined>(undefined);
  const [error, setError] = useState<string | undefined>(undefined);
  const take = (work: Promise<AddingBody>): void => {
    setError(undefined);
    work.then(setAdding, (cause: unknown) => setError(wordsOf(cause)));
  };
  const begin = (): void => take(api().devices.openAdding(true, givesHistory));
  useEffect(() => {
    begin();
    const poll = setInterval(() => take(api().devices.adding()), LOOK_MS);
    return () => {
      clearInterval(poll);
      void attempt(() => api().devices.closeAdding());
      resources.devices.invalidate();
    };
  }, []);
  return { adding, error, begin };
}

function AddingState(props: {
  readonly adding: AddingBody;
  readonly begin: () => void;
}): JSX.Element {
  const { adding, begin } = props;
  const { devices, common } = say();
  const name = cleanName(adding.name, say().people.unnamed);
  if (adding.state === "open") {
    return (
      <LinkCard link={adding.link} qrLabel={devices.qr} linkLabel={devices.linkName}>
        <p>{devices.addIntro}</p>
        <pre>
          <code>peernet device join …</code>
        </pre>
        <p class="quiet">{devices.addWays}</p>
        <p class="bad">{devices.addSecret}</p>
        <p class="quiet">{common.goodUntil(formatTime(adding.expiresAtMs, Date.now()))}</p>
      </LinkCard>
    );
  }
  if (adding.state === "comparing") {
    return (
      <div class="form">
        <p>{devices.comparing(name)}</p>
        <FewWords
          labels={WORDS.map((place) => devices.word(place))}
          action={devices.compare}
          onWords={async (words) => {
            await attempt(async () => void (await api().devices.confirmWords(words)));
          }}
        />
      </div>
    );
  }
  if (adding.state === "granting") return <p role="status">{devices.granting}</p>;
  if (adding.state === "added") {
    return (
      <p class="good" role="status">
        {devices.added(name)}
      </p>
    );
  }
  const why = reasonIn(adding.reasonCode) ?? adding.reason;
  return (
    <div class="form">
      <p role="status">{why === "" ? devices.closed : why}</p>
      <button type="button" onClick={begin}>
        {devices.again}
      </button>
    </div>
  );
}
