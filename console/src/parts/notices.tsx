import type { JSX } from "preact";
import { standing } from "../state/connection.ts";
import { notices } from "../state/notices.ts";
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

/** Shown while the peer does not answer; goes by itself. */
export function Banner(): JSX.Element | null {
  const { common } = say();
  if (standing.value !== "silent") return null;
  return (
    <p class="banner" role="status">
      <span class="pulse" aria-hidden="true" />
      {common.silent} <code>peernet up</code> {common.silentHint}
    </p>
  );
}
