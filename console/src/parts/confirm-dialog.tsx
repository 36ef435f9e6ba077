import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { attempt } from "../state/notices.ts";
import { say } from "../words/language.ts";
import { Dialog } from "./dialog.tsx";

/** Asks before something is done. */
export function ConfirmDialog(props: {
  readonly title: ComponentChildren;
  readonly action: string;
  readonly children: ComponentChildren;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}): JSX.Element {
  const [isRunning, setRunning] = useState(false);
  const run = async (): Promise<void> => {
    setRunning(true);
    if (await attempt(props.onConfirm)) props.onClose();
    else setRunning(false);
  };
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <div class="form">
        <p>{props.children}</p>
        <div class="buttons">
          <button type="button" class="primary" disabled={isRunning} onClick={() => void run()}>
            {props.action}
          </button>
          <button type="button" disabled={isRunning} onClick={props.onClose}>
            {say().common.cancel}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
