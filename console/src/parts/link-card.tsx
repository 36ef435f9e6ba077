import type { ComponentChildren, JSX } from "preact";
import { say } from "../words/language.ts";
import { CopyButton } from "./copy.tsx";
import { QrCode } from "./qr.tsx";

/** A link as a picture and as text, with what it is for beside it. */
export function LinkCard(props: {
  readonly link: string;
  /** What stands in the picture, where that is not the link as it is. */
  readonly code?: string;
  /** What the picture is, for those who do not see it. */
  readonly qrLabel: string;
  readonly linkLabel: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  const { common } = say();
  return (
    <div class="invite">
      <QrCode text={props.code ?? props.link} label={props.qrLabel} />
      <div class="invite-words">
        {props.children}
        <textarea
          readOnly
          rows={3}
          aria-label={props.linkLabel}
          value={props.link}
          onFocus={(event) => event.currentTarget.select()}
        />
        <CopyButton text={props.link} what={common.link} label={common.copyLink} />
      </div>
    </div>
  );
}
