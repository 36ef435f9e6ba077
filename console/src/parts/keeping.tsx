import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { KeepingBody, KeepingPeerBody } from "../../../src/api/client/index.ts";
import { api } from "../state/api.ts";
import { wordsOf } from "../state/errors.ts";
import { count, formatBytes } from "../state/format.ts";
import { notify } from "../state/notices.ts";
import { conductWords, formatGigabytes, parseGigabytes } from "../state/quota.ts";
import { resources } from "../state/views.ts";
import { FillBar } from "./bars.tsx";
import { Name } from "./name.tsx";

/** Space given to others and taken from them, and how much is given at most. */
export function Keeping({ keeping }: { readonly keeping: KeepingBody }): JSX.Element {
  const { quotaBytes, othersBytes, trashCount, peers } = keeping;
  const given = peers.reduce((sum, peer) => sum + peer.givenBytes, 0);
  const words = `${formatBytes(othersBytes)} of ${formatBytes(quotaBytes)} given to others`;
  return (
    <section class="card space" aria-label="Space">
      <h2>Space</h2>
      <FillBar share={quotaBytes === 0 ? 0 : othersBytes / quotaBytes} label={words} />
      <p class="quiet">
        {words} · others keep about {formatBytes(given)} for you
        {trashCount > 0 ? ` · ${count(trashCount, "object")} of others in the trash` : ""}
      </p>
      <Quota key={quotaBytes} quotaBytes={quotaBytes} othersBytes={othersBytes} />
      {peers.length === 0 ? null : (
        <details class="kept-by">
          <summary>{count(peers.length, "peer")}</summary>
          <ul>
            {peers.map((peer) => (
              <KeptBy key={peer.peerId} peer={peer} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function KeptBy({ peer }: { readonly peer: KeepingPeerBody }): JSX.Element {
  return (
    <li>
      <strong>
        <Name of={peer.name} fallback="unnamed peer" />
      </strong>
      <small class="quiet">
        {formatBytes(peer.takenBytes)} for it here, {formatBytes(peer.givenBytes)} for you there ·{" "}
        {conductWords(peer)}
      </small>
    </li>
  );
}

function Quota(props: { readonly quotaBytes: number; readonly othersBytes: number }): JSX.Element {
  const usual = formatGigabytes(props.quotaBytes);
  const [text, setText] = useState(usual);
  const [error, setError] = useState<string | undefined>(undefined);
  const [isRunning, setRunning] = useState(false);
  const id = useId();
  const wanted = parseGigabytes(text);
  const save = async (): Promise<void> => {
    setError(undefined);
    if (wanted === undefined) {
      setError("Give a number of gigabytes, such as 50 or 0.5.");
      return;
    }
    setRunning(true);
    try {
      await api().setQuota(wanted);
      notify("good", `You give ${formatBytes(wanted)} from now on.`);
      resources.status.invalidate();
      await resources.keeping.refresh();
    } catch (cause) {
      setError(wordsOf(cause));
    }
    setRunning(false);
  };
  return (
    <form
      class="quota"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <label for={id}>Give others at most</label>
      <input
        id={id}
        type="text"
        inputMode="decimal"
        autocomplete="off"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setError(undefined);
        }}
      />
      <span>GB</span>
      <button type="submit" disabled={isRunning || text.trim() === usual}>
        Save
      </button>
      {wanted !== undefined && wanted < props.othersBytes ? (
        <p class="quiet">What is kept already stays until its owners let it go.</p>
      ) : null}
      {error === undefined ? null : (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
    </form>
  );
}
