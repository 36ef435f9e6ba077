import type { JSX } from "preact";
import { say } from "../words/language.ts";

/** What the page shows to somebody without the right token. */
export function LockedView({ reason }: { readonly reason: "missing" | "wrong" }): JSX.Element {
  const { locked } = say().status;
  return (
    <main class="locked">
      <img src="./icon.svg" alt="" width="64" height="64" />
      <h1>{locked[reason]}</h1>
      <p>{reason === "missing" ? locked.missingText : locked.wrongText}</p>
      <p>{locked.run}</p>
      <pre>
        <code>peernet up</code>
      </pre>
      <p>{locked.open}</p>
    </main>
  );
}
