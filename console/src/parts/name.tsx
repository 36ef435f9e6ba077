import type { JSX } from "preact";
import { cleanName, clipMiddle } from "../state/format.ts";
import { say } from "../words/language.ts";
import { Portrait } from "./portrait.tsx";

/** A foreign name: inert, on one line, its writing direction kept to itself. */
export function Name(props: { readonly of: string; readonly fallback?: string }): JSX.Element {
  return <bdi class="name">{cleanName(props.of, props.fallback)}</bdi>;
}

/** A file's name, its ending always visible. */
export function FileName({ of }: { readonly of: string }): JSX.Element {
  return <bdi class="name">{clipMiddle(cleanName(of, say().chat.noFile), 44)}</bdi>;
}

const HUES = 6;

/** A round sign with a person's first letter, its colour from the name; with the picture that they show. */
export function Avatar(props: {
  readonly of: string;
  readonly online: boolean;
  /** Whose sign it is; pictures are shown of contacts and members of groups alone. */
  readonly person?: string;
}): JSX.Element {
  const clean = cleanName(props.of, "?");
  const letter = [...clean][0]?.toUpperCase() ?? "?";
  let sum = 0;
  for (const point of clean) sum = (sum * 31 + (point.codePointAt(0) ?? 0)) % 9973;
  return (
    <span class={`avatar hue-${sum % HUES}`} data-online={props.online} aria-hidden="true">
      {letter}
      {props.person === undefined ? null : <Portrait person={props.person} />}
    </span>
  );
}
