import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { say } from "../../words/language.ts";
import { FormError, useSubmission } from "../form.tsx";
import { Icon } from "../icons.tsx";

/** One thing that comes of what somebody is about to do. */
export interface Point {
  readonly text: string;
  /** "risk": what may go wrong; "stop": a reason not to do it. */
  readonly tone?: "risk" | "stop";
}

/** What comes of something, in words. */
export function Points({ points }: { readonly points: readonly Point[] }): JSX.Element {
  return (
    <ul class="points">
      {points.map(({ text, tone }) => (
        <li key={text} class={tone ?? "plain"}>
          <Icon name={tone === undefined ? "check" : tone === "risk" ? "hint" : "problem"} />
          <bdi>{text}</bdi>
        </li>
      ))}
    </ul>
  );
}

/** Says in words what will happen, what it costs and what it risks, and only then does it. */
export function Confirm(props: {
  readonly points: readonly Point[];
  /** What the button says; undefined where it cannot be done. */
  readonly action: string | undefined;
  readonly onConfirm: () => Promise<void>;
  readonly onBack: () => void;
  /** What else is to be chosen. */
  readonly children?: ComponentChildren;
}): JSX.Element {
  const { money } = say();
  const heading = useRef<HTMLHeadingElement>(null);
  const { error, isRunning, submit } = useSubmission(props.onConfirm);
  // The button that led here is gone: who reads by ear goes on at the heading.
  useEffect(() => heading.current?.focus(), []);
  return (
    <div class="form">
      <h3 ref={heading} tabIndex={-1}>
        {money.before}
      </h3>
      <Points points={props.points} />
      {props.children}
      <FormError text={error} />
      <div class="buttons">
        {props.action === undefined ? null : (
          <button type="button" class="primary" disabled={isRunning} onClick={submit}>
            {isRunning ? say().common.loading : props.action}
          </button>
        )}
        <button type="button" disabled={isRunning} onClick={props.onBack}>
          {money.change}
        </button>
      </div>
    </div>
  );
}
