import type { JSX } from "preact";
import { formatBytes } from "../state/format.ts";
import { dismiss, type Transfer, transfers } from "../state/transfers.ts";
import { say } from "../words/language.ts";
import { ProgressBar } from "./bars.tsx";
import { Icon } from "./icons.tsx";
import { FileName } from "./name.tsx";

/** Files on their way in or out. */
export function Transfers(): JSX.Element | null {
  if (transfers.value.length === 0) return null;
  return (
    <ul class="transfers" aria-label={say().drive.transfers.label}>
      {transfers.value.map((transfer) => (
        <li key={transfer.id} class={transfer.state}>
          <Icon name={transfer.kind === "put" ? "upload" : "download"} />
          <div class="grow">
            <FileName of={transfer.name} />
            {transfer.state === "running" ? (
              <ProgressBar share={shareOf(transfer)} label={say().drive.transfers.progress} />
            ) : null}
            <small class={transfer.state === "failed" ? "bad" : "quiet"}>
              {wordsFor(transfer)}
            </small>
          </div>
          <button
            type="button"
            class="ghost icon-only"
            aria-label={
              transfer.state === "running"
                ? say().drive.transfers.stop
                : say().drive.transfers.takeOff
            }
            onClick={() => dismiss(transfer.id)}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}

function shareOf({ doneBytes, totalBytes }: Transfer): number | undefined {
  if (totalBytes === undefined || totalBytes === 0) return undefined;
  return doneBytes >= totalBytes ? undefined : doneBytes / totalBytes;
}

/** How a transfer stands, in words. */
function wordsFor(transfer: Transfer): string {
  const { state, kind, doneBytes, totalBytes } = transfer;
  const words = say().drive.transfers;
  if (state === "waiting") return words.waiting;
  if (state === "failed") return transfer.error ?? "";
  if (state === "done") return kind === "put" ? words.put : words.got;
  if (totalBytes === undefined) {
    return doneBytes === 0 ? words.gathering : formatBytes(doneBytes);
  }
  if (kind === "put" && doneBytes >= totalBytes) return words.storing;
  return words.of(formatBytes(doneBytes), formatBytes(totalBytes));
}
