import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { forgetToken, isFromAfar } from "../state/session.ts";
import { say } from "../words/language.ts";

/** What the page shows to somebody without the right token. */
export function LockedView({ reason }: { readonly reason: "missing" | "wrong" }): JSX.Element {
  const { locked } = say().status;
  useEffect(() => {
    if (reason === "wrong") forgetToken();
  }, [reason]);
  if (isFromAfar) return <NotPaired />;
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

/** The same, on a phone: what it needs is shown at the peer's machine. */
function NotPaired(): JSX.Element {
  const { lan } = say();
  return (
    <main class="locked">
      <img src="./icon.svg" alt="" width="64" height="64" />
      <h1>{lan.notPaired}</h1>
      <p>{lan.notPairedText}</p>
      <pre>
        <code>{lan.command}</code>
      </pre>
    </main>
  );
}
