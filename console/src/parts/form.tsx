import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { wordsOf } from "../state/errors.ts";

/** A form on its way to the peer. */
export interface Submission {
  /** What is wrong with it, or what the peer said, in words. */
  readonly error: string | undefined;
  readonly isRunning: boolean;
  readonly submit: () => void;
  /** Takes back what was said of an input that has changed since. */
  readonly clear: () => void;
}

/**
 * Sends a form once at a time.
 * @param act asks the peer; what it throws is said in the form
 * @param faultOf what is wrong before the peer is asked, in words
 */
export function useSubmission(
  act: () => Promise<unknown>,
  faultOf: () => string | undefined = () => undefined,
): Submission {
  const [error, setError] = useState<string | undefined>(undefined);
  const [isRunning, setRunning] = useState(false);
  const submit = async (): Promise<void> => {
    const fault = faultOf();
    setError(fault);
    if (fault !== undefined || isRunning) return;
    setRunning(true);
    try {
      await act();
    } catch (cause) {
      setError(wordsOf(cause));
    }
    setRunning(false);
  };
  return { error, isRunning, submit: () => void submit(), clear: () => setError(undefined) };
}

/** A form that its button, or the key Enter, submits. */
export function Form(props: {
  readonly submission: Submission;
  readonly class?: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <form
      class={props.class ?? "form"}
      onSubmit={(event) => {
        event.preventDefault();
        props.submission.submit();
      }}
    >
      {props.children}
    </form>
  );
}

/** What went wrong, said at once to who reads by ear. */
export function FormError({ text }: { readonly text: string | undefined }): JSX.Element | null {
  if (text === undefined) return null;
  return (
    <p class="bad" role="alert">
      {text}
    </p>
  );
}
