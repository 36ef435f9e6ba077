import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { say } from "../words/language.ts";
import { Icon } from "./icons.tsx";

/** A window above the page; Escape, the cross and a tap outside close it. */
export function Dialog(props: {
  readonly title: ComponentChildren;
  /** As wide as the screen allows, for what is looked at. */
  readonly isWide?: boolean;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => element.current?.showModal(), []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog, the click is for the rest
    <dialog
      ref={element}
      class={props.isWide === true ? "wide" : ""}
      aria-labelledby={titleId}
      onClose={props.onClose}
      onClick={(event) => {
        if (event.target === element.current) element.current?.close();
      }}
    >
      <div class="dialog">
        <header>
          <h2 id={titleId}>{props.title}</h2>
          <button
            type="button"
            class="ghost icon-only"
            aria-label={say().common.close}
            onClick={() => element.current?.close()}
          >
            <Icon name="close" />
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  );
}
