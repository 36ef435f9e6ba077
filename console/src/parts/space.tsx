import type { JSX } from "preact";
import type { StatusBody } from "../../../src/api/client/index.ts";
import { formatBytes } from "../state/format.ts";
import { say } from "../words/language.ts";
import { FillBar } from "./bars.tsx";

/** What fragments take of this disk, and what they may take. */
export function Space({ store }: Pick<StatusBody, "store">): JSX.Element {
  const { usedBytes, quotaBytes } = store;
  const { space } = say().drive;
  const words = space.used(formatBytes(usedBytes), formatBytes(quotaBytes));
  return (
    <section class="card space" aria-label={space.title}>
      <h2>{space.title}</h2>
      <FillBar share={quotaBytes === 0 ? 0 : usedBytes / quotaBytes} label={words} />
      <p class="quiet">
        {words} · {space.own(store.objectCount)} · {space.fragments(store.fragmentCount)}
      </p>
    </section>
  );
}
