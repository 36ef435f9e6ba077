import type { JSX } from "preact";
import type { ObjectBody } from "../../../src/api/client/index.ts";
import { layerChips } from "../state/layer-words.ts";
import { say } from "../words/language.ts";
import { Icon } from "./icons.tsx";

/** The layers of an object: what each takes, and whether it can be read now. */
export function LayerList({ object }: { readonly object: ObjectBody }): JSX.Element | null {
  const chips = layerChips(object);
  if (chips.length === 0) return null;
  return (
    <ul class="layers" aria-label={say().drive.layers}>
      {chips.map(({ label, need, isReadable }, at) => (
        <li key={at} data-readable={isReadable}>
          <Icon name={isReadable ? "ok" : "problem"} />
          <span>
            <strong>{label}</strong> {need}
            <span class="unseen">
              {isReadable ? say().drive.readable : say().drive.notReadable}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}
