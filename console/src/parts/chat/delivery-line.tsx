import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { say } from "../../words/language.ts";
import { Icon } from "../icons.tsx";

/** How far a message of ours is; one tap opens what more there is to say. */
export function DeliveryLine(props: {
  readonly isWaiting: boolean;
  readonly words: string;
  /** Shows that the reason is behind the tap. */
  readonly asksWhy: boolean;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { chat } = say();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="ghost delivery"
        aria-expanded={isOpen}
        title={chat.details}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name={props.isWaiting ? "clock" : "check"} />
        {props.words}
        {props.asksWhy ? <u>{chat.why}</u> : null}
      </button>
      {isOpen ? props.children : null}
    </>
  );
}
