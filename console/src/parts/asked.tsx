import type { ComponentChildren, JSX } from "preact";
import type { Asked } from "../state/ask.ts";
import { Failed, Loading } from "./states.tsx";

/** Shows an answer that a component asked for itself, in whichever state it is. */
export function AskedFor<T>(props: {
  readonly of: Asked<T>;
  readonly children: (data: T) => ComponentChildren;
}): JSX.Element {
  const { data, error, retry } = props.of;
  if (data !== undefined) return <>{props.children(data)}</>;
  return error === undefined ? <Loading /> : <Failed error={error} retry={retry} />;
}
