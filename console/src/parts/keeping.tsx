import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { KeepingBody, KeepingPeerBody } from "../../../src/api/client/index.ts";
import { api } from "../state/api.ts";
import { formatBytes } from "../state/format.ts";
import { notify } from "../state/notices.ts";
import { conductWords, formatGigabytes, parseGigabytes } from "../state/quota.ts";
import { resources } from "../state/views.ts";
import { say } from "../words/language.ts";
import { FillBar } from "./bars.tsx";
import { Form, FormError, useSubmission } from "./form.tsx";
import { Name } from "./name.tsx";

/** Space given to others and taken from them, and how much is given at most. */
export function Keeping({ keeping }: { readonly keeping: KeepingBody }): JSX.Element {
  const { quotaBytes, othersBytes, trashCount, peers } = keeping;
  const given = peers.reduce((sum, peer) => sum + peer.givenBytes, 0);
  const { space } = say().drive;
  const words = space.given(formatBytes(othersBytes), formatBytes(quotaBytes));
  return (
    <section class="card space" aria-label={space.title}>
      <h2>{space.title}</h2>
      <FillBar share={quotaBytes === 0 ? 0 : othersBytes / quotaBytes} label={words} />
      <p class="quiet">
        {words} · {space.forYou(formatBytes(given))}
        {trashCount > 0 ? ` · ${space.trash(trashCount)}` : ""}
      </p>
      <Quota key={quotaBytes} quotaBytes={quotaBytes} othersBytes={othersBytes} />
      {peers.length === 0 ? null : (
        <details class="kept-by">
          <summary>{say().common.peers(peers.length)}</summary>
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
        <Name of={peer.name} fallback={say().map.unnamed} />
      </strong>
      <small class="quiet">
        {say().drive.space.forIt(formatBytes(peer.takenBytes), formatBytes(peer.givenBytes))} ·{" "}
        {conductWords(peer)}
      </small>
    </li>
  );
}

function Quota(props: { readonly quotaBytes: number; readonly othersBytes: number }): JSX.Element {
  const usual = formatGigabytes(props.quotaBytes);
  const [text, setText] = useState(usual);
  const id = useId();
  const wanted = parseGigabytes(text);
  const submission = useSubmission(
    async () => {
      if (wanted === undefined) return;
      await api().setQuota(wanted);
      notify("good", say().drive.space.saved(formatBytes(wanted)));
      resources.status.invalidate();
      await resources.keeping.refresh();
    },
    () => (wanted === undefined ? say().drive.space.wrong : undefined),
  );
  const { error, isRunning } = submission;
  return (
    <Form class="quota" submission={submission}>
      <label for={id}>{say().drive.space.most}</label>
      <input
        id={id}
        type="text"
        inputMode="decimal"
        autocomplete="off"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          submission.clear();
        }}
      />
      <span>GB</span>
      <button type="submit" disabled={isRunning || text.trim() === usual}>
        {say().common.save}
      </button>
      {wanted !== undefined && wanted < props.othersBytes ? (
        <p class="quiet">{say().drive.space.stays}</p>
      ) : null}
      <FormError text={error} />
    </Form>
  );
}
