import type { JSX } from "preact";

/** What the page shows to somebody without the right token. */
export function LockedView({ reason }: { readonly reason: "missing" | "wrong" }): JSX.Element {
  return (
    <main class="locked">
      <img src="./icon.svg" alt="" width="64" height="64" />
      <h1>{reason === "missing" ? "This page needs its key" : "This key does not fit"}</h1>
      <p>
        {reason === "missing"
          ? "The console belongs to the person who runs this peer. It opens with a link that carries a secret key."
          : "The link was made by another peer, or this peer has got a new key since."}
      </p>
      <p>In a terminal on this computer, run</p>
      <pre>
        <code>peernet up</code>
      </pre>
      <p>and open the link that it prints.</p>
    </main>
  );
}
