import type { JSX } from "preact";
import { standing } from "../state/connection.ts";
import { notices } from "../state/notices.ts";
import { resources, useResource } from "../state/views.ts";
import { say } from "../words/language.ts";
import { Icon } from "./icons.tsx";

/** Short words at the edge of the screen. */
export function Notices(): JSX.Element {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map((notice) => (
        <p key={notice.id} class={`notice ${notice.tone}`}>
          <Icon name={notice.tone === "good" ? "ok" : "problem"} />
          <span>{notice.text}</span>
        </p>
      ))}
    </div>
  );
}

/** Shown while the peer does not answer, and on a device that nobody listens to any more. */
export function Banner(): JSX.Element | null {
  const { common } = say();
  const isRevoked = useResource(resources.status).data?.isRevoked === true;
  if (standing.value !== "silent") {
    return isRevoked ? (
      <p class="banner" role="status">
        {common.revoked}
      </p>
    ) : null;
  }
  return (
    <p class="banner" role="status">
      <span class="pulse" aria-hidden="true" />
      {common.silent} <code>peernet up</code> {common.silentHint}
    </p>
  );
}
