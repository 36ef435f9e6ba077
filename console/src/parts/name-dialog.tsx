import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { say } from "../words/language.ts";
import { CodeReader } from "./code-reader.tsx";
import { Dialog } from "./dialog.tsx";
import { Form, FormError, useSubmission } from "./form.tsx";

/** Asks for one line of text and does something with it; what goes wrong is said in place. */
export function NameDialog(props: {
  readonly title: string;
  readonly label: string;
  readonly action: string;
  readonly value?: string;
  readonly placeholder?: string;
  /** What is asked for may come as a QR code. */
  readonly isCode?: boolean;
  readonly onName: (name: string) => Promise<void>;
  readonly onClose: () => void;
}): JSX.Element {
  const [name, setName] = useState(props.value ?? "");
  const id = useId();
  const submission = useSubmission(async () => {
    await props.onName(name.trim());
    props.onClose();
  });
  const { error, isRunning } = submission;
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <Form submission={submission}>
        <label for={id}>{props.label}</label>
        <input
          id={id}
          type="text"
          autocomplete="off"
          spellcheck={false}
          placeholder={props.placeholder ?? ""}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        {props.isCode === true ? <CodeReader onCode={setName} /> : null}
        <FormError text={error} />
        <button type="submit" class="primary" disabled={isRunning || name.trim() === ""}>
          {isRunning ? say().common.loading : props.action}
        </button>
      </Form>
    </Dialog>
  );
}
