import type { JSX } from "preact";
import { useId } from "preact/hooks";
import {
  type ChoiceWords,
  CODE_CHOICES,
  choose,
  LAYER_CHOICES,
  putChoice,
} from "../state/put-options.ts";

/** How the next files are kept; folded, as the usual is right for most. */
export function PutChoices(): JSX.Element {
  const { layers, code } = putChoice.value;
  return (
    <details class="choices">
      <summary>
        How they are kept: <span class="quiet">{wordsFor(layers, code)}</span>
      </summary>
      <div class="choices-fields">
        <Choice
          label="When much is lost"
          choices={LAYER_CHOICES}
          value={layers}
          onChange={(value) => choose({ layers: value })}
        />
        <Choice
          label="Spread over"
          choices={CODE_CHOICES}
          value={code}
          onChange={(value) => choose({ code: value })}
        />
      </div>
    </details>
  );
}

function wordsFor(layers: string, code: string): string {
  const named = [...LAYER_CHOICES, ...CODE_CHOICES].filter(
    ({ value }) => value === layers || value === code,
  );
  return named.map(({ label }) => label.toLowerCase()).join(", ");
}

function Choice<T extends string>(props: {
  readonly label: string;
  readonly choices: readonly ChoiceWords<T>[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}): JSX.Element {
  const id = useId();
  const { label, choices, value } = props;
  return (
    <div class="choice">
      <label for={id}>{label}</label>
      <select
        id={id}
        aria-describedby={`${id}-hint`}
        value={value}
        onChange={(event) => {
          const chosen = choices[event.currentTarget.selectedIndex];
          if (chosen !== undefined) props.onChange(chosen.value);
        }}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
      <p id={`${id}-hint`} class="quiet">
        {choices.find((choice) => choice.value === value)?.hint}
      </p>
    </div>
  );
}
