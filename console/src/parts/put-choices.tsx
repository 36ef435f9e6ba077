import type { JSX } from "preact";
import { useId } from "preact/hooks";
import {
  CODE_CHOICES,
  type CodeName,
  choose,
  LAYER_CHOICES,
  type LayersName,
  putChoice,
} from "../state/put-options.ts";
import { say } from "../words/language.ts";

/** How the next files are kept; folded, as the usual is right for most. */
export function PutChoices(): JSX.Element {
  const { layers, code } = putChoice.value;
  const { drive } = say();
  return (
    <details class="choices">
      <summary>
        {drive.howKept}
        <span class="quiet">{drive.howKeptIn(drive.choices[layers], drive.choices[code])}</span>
      </summary>
      <div class="choices-fields">
        <Choice
          label={drive.whenLost}
          choices={LAYER_CHOICES}
          value={layers}
          onChange={(value) => choose({ layers: value })}
        />
        <Choice
          label={drive.spreadOver}
          choices={CODE_CHOICES}
          value={code}
          onChange={(value) => choose({ code: value })}
        />
      </div>
    </details>
  );
}

function Choice<T extends LayersName | CodeName>(props: {
  readonly label: string;
  readonly choices: readonly T[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}): JSX.Element {
  const id = useId();
  const { drive } = say();
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
          if (chosen !== undefined) props.onChange(chosen);
        }}
      >
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {drive.choices[choice]}
          </option>
        ))}
      </select>
      <p id={`${id}-hint`} class="quiet">
        {drive.choiceHints[value]}
      </p>
    </div>
  );
}
