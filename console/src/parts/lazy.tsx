import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { wordsOf } from "../state/errors.ts";
import { Failed, Loading } from "./states.tsx";

/** A view without properties whose code comes only when it is looked at; `load` must stay the same. */
export function Lazy({ load }: { readonly load: () => Promise<ComponentType> }): JSX.Element {
  const [found, setFound] = useState<{ readonly View: ComponentType } | undefined>(undefined);
  const [error, setError] = useState<string | undefined>(undefined);
  useEffect(() => {
    let isOver = false;
    load().then(
      (View) => {
        if (!isOver) setFound({ View });
      },
      (cause: unknown) => {
        if (!isOver) setError(wordsOf(cause));
      },
    );
    return () => {
      isOver = true;
    };
  }, [load]);
  if (found !== undefined) return <found.View />;
  // A peer that was upgraded under the open page has other files now.
  if (error !== undefined) return <Failed error={error} retry={() => location.reload()} />;
  return <Loading />;
}
