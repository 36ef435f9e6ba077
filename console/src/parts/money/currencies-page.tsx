import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { CurrenciesBody, CurrencyBody, GroupBody } from "../../../../src/api/client/index.ts";
import { DECIMALS_MAX } from "../../limits.ts";
import { shownAmount, textOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { lookalikeIn, nameIn, titleIn, unitsIn } from "../../state/money.ts";
import { notify } from "../../state/notices.ts";
import { resources, useResource } from "../../state/views.ts";
import { titleOf } from "../../views/groups.tsx";
import { say } from "../../words/language.ts";
import { CopyButton } from "../copy.tsx";
import { Dialog } from "../dialog.tsx";
import { Form, FormError, useSubmission } from "../form.tsx";
import { Icon } from "../icons.tsx";
import { Empty, Load } from "../states.tsx";
import { Choice } from "./fields.tsx";
import { MoneyPageFrame } from "./page.tsx";

/** Places behind the point of a new currency where nothing is said. */
const DECIMALS = 2;

/** Currencies that are known here, with who issues them, and a way to issue one. */
export function CurrenciesPage(): JSX.Element {
  const { money } = say();
  const [isIssuing, setIssuing] = useState(false);
  const act = (
    <button type="button" class="primary" onClick={() => setIssuing(true)}>
      <Icon name="plus" /> {money.issue}
    </button>
  );
  return (
    <MoneyPageFrame title={money.pages.currencies} act={act}>
      <Load from={resources.currencies}>{(found) => <Currencies found={found} />}</Load>
      {isIssuing ? <IssueDialog onClose={() => setIssuing(false)} /> : null}
    </MoneyPageFrame>
  );
}

function Currencies({ found }: { readonly found: CurrenciesBody }): JSX.Element {
  const { money } = say();
  const groups = useResource(resources.groups).data?.groups ?? [];
  if (found.currencies.length === 0) {
    return (
      <Empty icon="money" title={money.currenciesNone}>
        {money.currenciesNoneHint}
      </Empty>
    );
  }
  return (
    <ul class="cards">
      {found.currencies.map((currency) => (
        <li key={currency.id} class="card">
          <Currency currency={currency} groups={groups} />
        </li>
      ))}
    </ul>
  );
}

function Currency(props: {
  readonly currency: CurrencyBody;
  readonly groups: readonly GroupBody[];
}): JSX.Element {
  const { currency } = props;
  const { money } = say();
  const group = props.groups.find(({ id }) => id === currency.group);
  const warning = lookalikeIn(currency);
  return (
    <>
      <h3>
        <bdi>{titleIn(currency)}</bdi>
      </h3>
      <p class="quiet">
        <bdi>{unitsIn(10n ** BigInt(currency.decimals), currency)}</bdi> ·{" "}
        {money.decimals(currency.decimals)}
        {currency.group === null ? null : (
          <bdi> · {group === undefined ? money.forSomeGroup : money.forGroup(titleOf(group))}</bdi>
        )}
      </p>
      <div class="with-button">
        <code>{money.idIs(currency.id)}</code>
        <CopyButton text={currency.id} what={money.idIs("")} />
      </div>
      {warning === undefined ? null : (
        <p class="bad" role="note">
          <bdi>{warning}</bdi>
        </p>
      )}
    </>
  );
}

function IssueDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { money, common } = say();
  const groups = useResource(resources.groups).data?.groups ?? [];
  const [name, setName] = useState("");
  const [unit, setUnit] = useState("");
  const [decimals, setDecimals] = useState(DECIMALS);
  const [group, setGroup] = useState("");
  const id = useId();
  const submission = useSubmission(async () => {
    const terms = { name: name.trim(), unit: unit.trim(), decimals };
    const made = await api().money.issue(group === "" ? terms : { ...terms, group });
    await resources.currencies.refresh();
    notify("good", money.issued(nameIn(made.name)));
    onClose();
  });
  const { error, isRunning } = submission;
  const example = `${shownAmount(textOf((25n * 10n ** BigInt(decimals)) / 2n, decimals), money.point)} ${money.units(unit.trim())}`;
  const mine = groups.filter(({ state }) => state === "in");
  return (
    <Dialog title={money.issueTitle} onClose={onClose}>
      <Form submission={submission}>
        <label for={`${id}-name`}>{money.issueName}</label>
        <input
          id={`${id}-name`}
          type="text"
          autocomplete="off"
          placeholder={money.issueNameExample}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <label for={`${id}-unit`}>{money.issueUnit}</label>
        <input
          id={`${id}-unit`}
          type="text"
          autocomplete="off"
          placeholder={money.issueUnitExample}
          value={unit}
          onInput={(event) => setUnit(event.currentTarget.value)}
        />
        <label for={`${id}-decimals`}>{money.issueDecimals}</label>
        <input
          id={`${id}-decimals`}
          type="number"
          min={0}
          max={DECIMALS_MAX}
          value={decimals}
          onInput={({ currentTarget }) => {
            const places = currentTarget.valueAsNumber;
            if (Number.isInteger(places) && places >= 0 && places <= DECIMALS_MAX) {
              setDecimals(places);
            }
          }}
        />
        {mine.length === 0 ? null : (
          <Choice
            label={money.issueGroup}
            options={[
              ["", money.issueForSelf],
              ...mine.map((one): [string, string] => [one.id, titleOf(one)]),
            ]}
            value={group}
            onValue={setGroup}
          />
        )}
        <p class="quiet">
          <bdi>{money.issueExample(example)}</bdi> {money.issueText}
        </p>
        <FormError text={error} />
        <button
          type="submit"
          class="primary"
          disabled={isRunning || name.trim() === "" || unit.trim() === ""}
        >
          {isRunning ? common.loading : money.issue}
        </button>
      </Form>
    </Dialog>
  );
}
