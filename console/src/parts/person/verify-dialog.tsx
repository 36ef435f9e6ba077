import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { ContactDetailBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { useAsk } from "../../state/ask.ts";
import { cleanName } from "../../state/format.ts";
import { attempt, notify } from "../../state/notices.ts";
import { say } from "../../words/language.ts";
import { CodeReader } from "../code-reader.tsx";
import { Dialog } from "../dialog.tsx";
import { LinkCard } from "../link-card.tsx";
import { Failed, Loading } from "../states.tsx";

/** Compares keys: four words by voice, or each other's codes. */
export function VerifyDialog(props: {
  readonly contact: ContactDetailBody;
  readonly onChange: (next: ContactDetailBody) => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { contact, onClose } = props;
  const { people } = say();
  const verify = async (what: { heard: string } | { scanned: string }): Promise<void> => {
    props.onChange(await api().people.verify(contact.personId, what));
    notify("good", people.verifiedNow);
    onClose();
  };
  return (
    <Dialog title={people.verifyTitle(cleanName(contact.petname))} onClose={onClose}>
      <div class="form">
        <ByVoice contact={contact} onHeard={(heard) => verify({ heard })} />
        <ByCode onScanned={(scanned) => verify({ scanned })} />
      </div>
    </Dialog>
  );
}

function ByVoice(props: {
  readonly contact: ContactDetailBody;
  readonly onHeard: (words: string) => Promise<void>;
}): JSX.Element {
  const { people } = say();
  const [words, setWords] = useState<string | undefined>(undefined);
  const [isAsking, setAsking] = useState(false);
  const [isOther, setOther] = useState(false);
  const ask = async (): Promise<void> => {
    setOther(false);
    setAsking(true);
    await attempt(async () => setWords((await api().people.words(props.contact.personId)).words));
    setAsking(false);
  };
  return (
    <section class="form" aria-label={people.byVoice}>
      <h3>{people.byVoice}</h3>
      <p class="quiet">{people.byVoiceText}</p>
      {words === undefined ? (
        <button type="button" disabled={isAsking} onClick={() => void ask()}>
          {isAsking ? say().common.loading : people.getWords}
        </button>
      ) : (
        <>
          <p class="four-words" role="status">
            {words}
          </p>
          <div class="buttons">
            <button
              type="button"
              class="primary"
              onClick={() => void attempt(() => props.onHeard(words))}
            >
              {people.sameWords}
            </button>
            <button
              type="button"
              onClick={() => {
                setWords(undefined);
                setOther(true);
              }}
            >
              {people.otherWords}
            </button>
          </div>
        </>
      )}
      {isOther ? (
        <p class="bad" role="alert">
          {people.otherWordsText}
        </p>
      ) : null}
    </section>
  );
}

function ByCode({
  onScanned,
}: {
  readonly onScanned: (code: string) => Promise<void>;
}): JSX.Element {
  const { people } = say();
  const own = useAsk(() => api().people.ownCode(), []);
  const [code, setCode] = useState("");
  const id = useId();
  return (
    <section class="form" aria-label={people.byCode}>
      <h3>{people.byCode}</h3>
      <p class="quiet">{people.byCodeText}</p>
      {own.data === undefined ? (
        own.error === undefined ? (
          <Loading />
        ) : (
          <Failed error={own.error} retry={own.retry} />
        )
      ) : (
        <LinkCard link={own.data.code} qrLabel={people.ownQr} linkLabel={people.ownCode} />
      )}
      <label for={`${id}-code`}>{people.theirCode}</label>
      <input
        id={`${id}-code`}
        type="text"
        autocomplete="off"
        spellcheck={false}
        placeholder="peernet:person/…"
        value={code}
        onInput={(event) => setCode(event.currentTarget.value)}
      />
      <CodeReader onCode={setCode} />
      <button
        type="button"
        disabled={code.trim() === ""}
        onClick={() => void attempt(() => onScanned(code.trim()))}
      >
        {people.compareCode}
      </button>
    </section>
  );
}
