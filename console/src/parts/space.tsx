import type { JSX } from "preact";
import type { StatusBody } from "../../../src/api/client/index.ts";
import { count, formatBytes } from "../state/format.ts";
import { FillBar } from "./bars.tsx";

/** What fragments take of this disk, and what they may take. */
export function Space({ store }: Pick<StatusBody, "store">): JSX.Element {
  const { usedBytes, quotaBytes } = store;
  const words = `${formatBytes(usedBytes)} of ${formatBytes(quotaBytes)} used`;
  return (
    <section class="card space" aria-label="Space">
      <h2>Space</h2>
      <FillBar share={quotaBytes === 0 ? 0 : usedBytes / quotaBytes} label={words} />
      <p class="quiet">
        {words} · {count(store.objectCount, "object")} of your own ·{" "}
        {count(store.fragmentCount, "fragment")} kept
      </p>
    </section>
  );
}
