import type { JSX } from "preact";
import { say } from "../words/language.ts";

/** How many messages are unread; nothing where there are none. */
export function Badge({ of }: { readonly of: number }): JSX.Element | null {
  if (of === 0) return null;
  return (
    <b class="badge">
      {of > 99 ? "99+" : of}
      <span class="unseen"> {say().common.unread}</span>
    </b>
  );
}
