import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type {
  RequestBody,
  RequestsBody,
  WaitingAnswerBody,
} from "../../../src/api/client/index.ts";
import { api } from "../state/api.ts";
import { attempt, notify } from "../state/notices.ts";
import { resources } from "../state/views.ts";
import { say } from "../words/language.ts";
import { NameDialog } from "./name-dialog.tsx";

/**
 * Requests from strangers: words only. Nothing of theirs is shown as a link, a picture or a name of
 * its own; the sentence says whose word it is.
 */
export function Requests({ found }: { readonly found: RequestsBody }): JSX.Element | null {
  const [accepting, setAccepting] = useState<RequestBody | undefined>(undefined);
  const words = say().people.requests;
  if (found.requests.length + found.waiting.length === 0) return null;
  return (
    <section class="requests" aria-labelledby="requests-title">
      <h2 id="requests-title">{words.title(found.requests.length + found.waiting.length)}</h2>
      <ul class="rows">
        {found.requests.map((request) => (
          <Request key={request.id} request={request} onAccept={() => setAccepting(request)} />
        ))}
        {found.waiting.map((one) => (
          <Waiting key={one.id} answered={one} />
        ))}
      </ul>
      {accepting === undefined ? null : (
        <NameDialog
          title={words.acceptTitle}
          label={words.ownName}
          action={words.accept}
          value={accepting.suggestedName}
          onName={async (name) => {
            await answer(accepting, "accept", name);
            notify("good", words.accepted);
          }}
          onClose={() => setAccepting(undefined)}
        />
      )}
    </section>
  );
}

/** An answer that another own device has to hear. */
function Waiting({ answered }: { readonly answered: WaitingAnswerBody }): JSX.Element {
  const words = say().people.requests;
  return (
    <li class="request">
      <p>
        {words.answered[answered.answer]}: <bdi>{answered.provenance}</bdi>
      </p>
      <p class="quiet">
        <bdi>{words.waitsFor(answered.device)}</bdi>
      </p>
    </li>
  );
}

function Request(props: {
  readonly request: RequestBody;
  readonly onAccept: () => void;
}): JSX.Element {
  const { request, onAccept } = props;
  const words = say().people.requests;
  const [isRunning, setRunning] = useState(false);
  const respond = async (what: "decline" | "unwanted"): Promise<void> => {
    setRunning(true);
    await attempt(() => answer(request, what));
    setRunning(false);
  };
  return (
    <li class="request">
      <p>
        <bdi>{request.provenance}</bdi>
      </p>
      {request.looksLike === null ? null : (
        <p class="bad" role="note">
          {words.bewareBefore}
          <bdi>{request.looksLike}</bdi>
          {words.bewareAfter}
        </p>
      )}
      {request.text === "" ? null : (
        <blockquote>
          <bdi>{request.text}</bdi>
        </blockquote>
      )}
      {request.device === null ? null : (
        <p class="quiet">
          <bdi>{words.cameTo(request.device)}</bdi>
        </p>
      )}
      <div class="buttons">
        <button type="button" class="primary" disabled={isRunning} onClick={onAccept}>
          {words.accept}
        </button>
        <button type="button" disabled={isRunning} onClick={() => void respond("decline")}>
          {words.decline}
        </button>
        <button
          type="button"
          disabled={isRunning}
          title={words.unwantedHint}
          onClick={() => void respond("unwanted")}
        >
          {words.unwanted}
        </button>
      </div>
    </li>
  );
}

async function answer(
  request: RequestBody,
  what: "accept" | "decline" | "unwanted",
  petname?: string,
): Promise<void> {
  await api().people.answer(request.id, what, petname);
  resources.requests.invalidate();
  resources.contacts.invalidate();
}
