import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";

/** Some words typed by a person: four to compare, or those that stand at certain places. */
export function FewWords(props: {
  /** One label for each word. */
  readonly labels: readonly string[];
  readonly action: string;
  readonly onWords: (words: readonly string[]) => Promise<void>;
}): JSX.Element {
  const { labels } = props;
  const [words, setWords] = useState<readonly string[]>(() => labels.map(() => ""));
  const [isRunning, setRunning] = useState(false);
  const id = useId();
  const change = (at: number, text: string): void => {
    // All of them may be pasted, or typed, into one field.
    const typed = text.trimStart().split(/\s+/);
    if (typed.length === 1) setWords(words.with(at, text.trim()));
    else setWords(words.map((word, index) => typed[index - at] ?? word));
  };
  const run = async (): Promise<void> => {
    setRunning(true);
    await props.onWords(words);
    setRunning(false);
  };
  return (
    <form
      class="few-words"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      {labels.map((label, at) => (
        <label key={label} for={`${id}-${at}`}>
          <span>{label}</span>
          <input
            id={`${id}-${at}`}
            type="text"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            value={words[at] ?? ""}
            onInput={(event) => change(at, event.currentTarget.value)}
          />
        </label>
      ))}
      <button
        type="submit"
        class="primary"
        disabled={isRunning || words.some((word) => word.trim() === "")}
      >
        {props.action}
      </button>
    </form>
  );
}
