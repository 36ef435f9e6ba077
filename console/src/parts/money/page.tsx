import type { ComponentChildren, JSX } from "preact";
import { moneyFragment } from "../../state/fragment.ts";
import { say } from "../../words/language.ts";
import { Icon } from "../icons.tsx";

/** A page beside the lines, with a way back on a phone. */
export function MoneyPageFrame(props: {
  readonly title: string;
  readonly act?: ComponentChildren;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <section class="page" aria-label={props.title}>
      <header class="page-head titled">
        <a
          class="button ghost icon-only back"
          href={moneyFragment()}
          aria-label={say().common.back}
        >
          <Icon name="back" />
        </a>
        <h2>{props.title}</h2>
        {props.act}
      </header>
      {props.children}
    </section>
  );
}
