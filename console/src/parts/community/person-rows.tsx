import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CommunityBody, CommunityPersonBody } from "../../../../src/api/client/index.ts";
import { shownAmount, textOf } from "../../state/amount.ts";
import { whoIn } from "../../state/community.ts";
import { say } from "../../words/language.ts";
import { AmountField, Choice, useAmount } from "../money/fields.tsx";
import { peopleOptions } from "./members.ts";

/** Somebody, and amounts that are said of them, as the peer tells amounts. */
export interface PersonAmounts {
  readonly person: string;
  readonly amounts: readonly string[];
}

/** A list of people with an amount or two each, to add to and to take from. */
export function PersonRows(props: {
  readonly title: string;
  readonly action: string;
  /** What the amounts are; one or two. */
  readonly labels: readonly [string] | readonly [string, string];
  readonly people: readonly CommunityPersonBody[];
  readonly body: Pick<CommunityBody, "id">;
  readonly decimals: number;
  readonly rows: readonly PersonAmounts[];
  readonly onRows: (rows: readonly PersonAmounts[]) => void;
}): JSX.Element {
  const { body, people, rows, onRows } = props;
  const { common, money } = say();
  const [isAdding, setAdding] = useState(false);
  const taken = new Set(rows.map(({ person }) => person));
  const free = people.filter(({ person }) => !taken.has(person));
  return (
    <fieldset>
      <legend>{props.title}</legend>
      <ul class="lines">
        {rows.map(({ person, amounts }) => (
          <li key={person} class="line">
            <span class="grow">
              <bdi>
                {whoIn(
                  people.find((one) => one.person === person) ?? { name: person, person },
                  body,
                )}
              </bdi>
              <small class="quiet">
                {amounts.map((text) => shownAmount(text, money.point)).join(" · ")}
              </small>
            </span>
            <button
              type="button"
              onClick={() => onRows(rows.filter((one) => one.person !== person))}
            >
              {common.remove}
            </button>
          </li>
        ))}
      </ul>
      {isAdding && free.length > 0 ? (
        <NewRow
          {...props}
          people={free}
          onRow={(row) => {
            onRows([...rows, row]);
            setAdding(false);
          }}
        />
      ) : (
        <button type="button" disabled={free.length === 0} onClick={() => setAdding(true)}>
          {props.action}
        </button>
      )}
    </fieldset>
  );
}

function NewRow(props: {
  readonly labels: readonly [string] | readonly [string, string];
  readonly people: readonly CommunityPersonBody[];
  readonly body: Pick<CommunityBody, "id">;
  readonly decimals: number;
  readonly onRow: (row: PersonAmounts) => void;
}): JSX.Element {
  const { body, decimals, people, labels } = props;
  const { common, community } = say();
  const [who, setWho] = useState(people[0]?.person ?? "");
  const one = useAmount({ decimals }, { allowsZero: true });
  const other = useAmount({ decimals }, { allowsZero: true });
  const [isTried, setTried] = useState(false);
  const inputs = [one, other].slice(0, labels.length);
  const add = (): void => {
    setTried(true);
    if (inputs.some(({ fault }) => fault !== undefined)) return;
    props.onRow({
      person: who,
      amounts: inputs.map(({ units }) => textOf(units ?? 0n, decimals)),
    });
  };
  return (
    <div class="form">
      <Choice
        label={community.form.who}
        options={peopleOptions(people, body)}
        value={who}
        onValue={setWho}
      />
      {labels.map((label, at) => {
        const input = inputs[at] ?? one;
        return (
          <AmountField
            key={label}
            label={label}
            input={input}
            error={isTried ? input.fault : undefined}
          />
        );
      })}
      <button type="button" onClick={add}>
        {common.add}
      </button>
    </div>
  );
}
