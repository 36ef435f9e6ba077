import type { JSX } from "preact";
import { say } from "../words/language.ts";

/** How many of something wait, by default unread messages; nothing where there are none. */
export function Badge(props: { readonly of: number; readonly words?: string }): JSX.Element | null {
  const { of, words = say().common.unread } = props;
  if (of === 0) return null;
  return (
    <b class="badge">
      {of > 99 ? "99+" : of}
      <span class="unseen"> {words}</span>
    </b>
  );
}
