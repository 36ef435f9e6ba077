import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { notify } from "../state/notices.ts";
import { say } from "../words/language.ts";
import { Icon } from "./icons.tsx";

/** Copies a text and says so. */
export function CopyButton(props: {
  readonly text: string;
  /** What is copied, such as "the link". */
  readonly what: string;
  readonly label?: string;
}): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(props.text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2_000);
    } catch {
      notify("bad", say().common.copyRefused(props.what));
    }
  };
  const { common } = say();
  const text = copied ? common.copied : props.label;
  return (
    <button
      type="button"
      class={props.label === undefined ? "ghost icon-only" : "ghost"}
      {...(props.label === undefined
        ? { "aria-label": copied ? common.copied : common.copy(props.what) }
        : {})}
      title={common.copy(props.what)}
      onClick={() => void copy()}
    >
      <Icon name={copied ? "check" : "copy"} />
      {props.label === undefined ? null : <span>{text}</span>}
    </button>
  );
}
