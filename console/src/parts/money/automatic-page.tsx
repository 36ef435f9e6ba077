import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { ClearingBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { formatTime } from "../../state/format.ts";
import { sumIn, titleIn } from "../../state/money.ts";
import { attempt } from "../../state/notices.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Load } from "../states.tsx";
import { MoneyPageFrame } from "./page.tsx";

/** What the peer does with money by itself, each with a switch. */
export function AutomaticPage(): JSX.Element {
  const { money } = say();
  return (
    <MoneyPageFrame title={money.pages.automatic}>
      <Load from={resources.automatic}>
        {({ answers }) => (
          <Switch
            title={money.automatic}
            text={money.automaticText}
            isOn={answers}
            onTurn={async (isOn) => {
              await api().money.setAutomatic(isOn);
              await resources.automatic.refresh();
            }}
          />
        )}
      </Load>
      <Load from={resources.clearing}>
        {(found) => (
          <>
            <Switch
              title={money.clearing}
              text={money.clearingText}
              isOn={found.isOn}
              onTurn={async (isOn) => {
                await api().money.turnClearing(isOn);
                await resources.clearing.refresh();
              }}
            />
            <Cleared found={found} />
          </>
        )}
      </Load>
    </MoneyPageFrame>
  );
}

function Switch(props: {
  readonly title: string;
  readonly text: string;
  readonly isOn: boolean;
  readonly onTurn: (isOn: boolean) => Promise<void>;
}): JSX.Element {
  const id = useId();
  return (
    <div class="card form">
      <label class="line" for={id}>
        <input
          id={id}
          type="checkbox"
          aria-describedby={`${id}-text`}
          checked={props.isOn}
          onChange={({ currentTarget }) => {
            const isOn = currentTarget.checked;
            void attempt(() => props.onTurn(isOn)).then((isDone) => {
              if (!isDone) currentTarget.checked = !isOn;
            });
          }}
        />
        <span>{props.title}</span>
      </label>
      <p id={`${id}-text`} class="quiet">
        {props.text}
      </p>
    </div>
  );
}

function Cleared({ found }: { readonly found: ClearingBody }): JSX.Element {
  const { money } = say();
  return (
    <section class="card" aria-label={money.clearingWas}>
      <h3>{money.clearingWas}</h3>
      {found.cleared.length === 0 ? <p class="quiet">{money.clearingNone}</p> : null}
      <ul class="lines">
        {found.cleared.toReversed().map(({ amount, currency, atMs }, at) => (
          <li key={at} class="line">
            <span class="grow">
              <strong>
                <bdi>{sumIn(amount, currency)}</bdi>
              </strong>
              <small class="quiet">
                <bdi>{titleIn(currency)}</bdi> · {formatTime(atMs, Date.now())}
              </small>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
