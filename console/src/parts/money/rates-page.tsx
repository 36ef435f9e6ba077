import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CurrencyBody, RateBody, RatesBody } from "../../../../src/api/client/index.ts";
import { textOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { formatTime } from "../../state/format.ts";
import { lookalikeIn, nameIn, sumIn, titleIn, unitsIn } from "../../state/money.ts";
import { notify } from "../../state/notices.ts";
import { resources, useResource } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { ConfirmDialog } from "../confirm-dialog.tsx";
import { Dialog } from "../dialog.tsx";
import { Icon } from "../icons.tsx";
import { Empty, Load } from "../states.tsx";
import { AmountForm } from "./amount-form.tsx";
import type { Point } from "./consequences.tsx";
import { AmountField, amountLabel, Choice, currencyOptions, useAmount } from "./fields.tsx";
import { MoneyPageFrame } from "./page.tsx";

/** What is exchanged at which rate, here and by those with whom there are lines. */
export function RatesPage(): JSX.Element {
  const { money } = say();
  const [isSetting, setSetting] = useState(false);
  const act = (
    <button type="button" class="primary" onClick={() => setSetting(true)}>
      <Icon name="plus" /> {money.rateSet}
    </button>
  );
  return (
    <MoneyPageFrame title={money.pages.rates} act={act}>
      <Load from={resources.rates}>{(found) => <Rates found={found} />}</Load>
      {isSetting ? <RateDialog onClose={() => setSetting(false)} /> : null}
    </MoneyPageFrame>
  );
}

function Rates({ found }: { readonly found: RatesBody }): JSX.Element {
  const { money } = say();
  if (found.rates.length === 0) {
    return (
      <Empty icon="money" title={money.ratesNone}>
        {money.ratesNoneHint}
      </Empty>
    );
  }
  return (
    <>
      <RateList title={money.ratesYours} rates={found.rates.filter(({ isYours }) => isYours)} />
      <RateList title={money.ratesTheirs} rates={found.rates.filter(({ isYours }) => !isYours)} />
    </>
  );
}

function RateList(props: {
  readonly title: string;
  readonly rates: readonly RateBody[];
}): JSX.Element | null {
  if (props.rates.length === 0) return null;
  return (
    <section class="card" aria-label={props.title}>
      <h3>{props.title}</h3>
      <ul class="lines">
        {props.rates.map((rate, at) => (
          <Rate key={at} rate={rate} />
        ))}
      </ul>
    </section>
  );
}

function Rate({ rate }: { readonly rate: RateBody }): JSX.Element {
  const { money, common } = say();
  const [isRemoving, setRemoving] = useState(false);
  const { giveCurrency, getCurrency, isYours } = rate;
  const words = money.rateIs(sumIn(rate.give, giveCurrency), sumIn(rate.get, getCurrency));
  return (
    <li class="line">
      <span class="grow">
        <strong>
          <bdi>{words}</bdi>
        </strong>
        <small class="quiet">
          <bdi>
            {titleIn(giveCurrency)} → {titleIn(getCurrency)}
          </bdi>
        </small>
        <small class="quiet">
          {isYours ? (
            money.rateStands
          ) : (
            <bdi>
              {money.rateBy(nameIn(rate.by))} ·{" "}
              {money.rateGood(formatTime(rate.expiresAtMs, Date.now()))}
            </bdi>
          )}
        </small>
      </span>
      {isYours ? (
        <button type="button" onClick={() => setRemoving(true)}>
          {common.remove}
        </button>
      ) : null}
      {isRemoving ? (
        <ConfirmDialog
          title={money.rateRemoveTitle}
          action={common.remove}
          onConfirm={async () => {
            await api().money.removeRate(giveCurrency.id, getCurrency.id);
            await resources.rates.refresh();
            notify("good", money.rateRemoved);
          }}
          onClose={() => setRemoving(false)}
        >
          <bdi>{words}</bdi>. {money.rateRemoveText}
        </ConfirmDialog>
      ) : null}
    </li>
  );
}

function RateDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { money } = say();
  return (
    <Dialog title={money.rateTitle} onClose={onClose}>
      <Load from={resources.currencies}>
        {({ currencies }) => <RateForm currencies={currencies} onClose={onClose} />}
      </Load>
    </Dialog>
  );
}

function RateForm(props: {
  readonly currencies: readonly CurrencyBody[];
  readonly onClose: () => void;
}): JSX.Element {
  const { money } = say();
  const { currencies, onClose } = props;
  const lines = useResource(resources.lines).data?.lines ?? [];
  const [giveId, setGive] = useState(lines[0]?.currency.id ?? currencies[0]?.id ?? "");
  const [getId, setGet] = useState(currencies.find(({ id }) => id !== giveId)?.id ?? "");
  const giveCurrency = currencies.find(({ id }) => id === giveId) ?? currencies[0];
  const getCurrency = currencies.find(({ id }) => id === getId) ?? currencies[0];
  const give = useAmount(giveCurrency);
  const [isTried, setTried] = useState(false);
  if (giveCurrency === undefined || getCurrency === undefined || currencies.length === 1) {
    return <p>{money.rateNeedsTwo}</p>;
  }
  return (
    <AmountForm
      currency={getCurrency}
      label={`${money.rateGet}. ${amountLabel(getCurrency)}`}
      above={
        <>
          <Choice
            label={money.rateGive}
            options={currencyOptions(currencies)}
            value={giveCurrency.id}
            onValue={setGive}
          />
          <AmountField
            label={`${money.rateGive}. ${amountLabel(giveCurrency)}`}
            input={give}
            error={isTried ? give.fault : undefined}
          />
          <Choice
            label={money.rateGet}
            options={currencyOptions(currencies)}
            value={getCurrency.id}
            onValue={setGet}
          />
        </>
      }
      faultOf={() => {
        setTried(true);
        return giveCurrency.id === getCurrency.id ? money.rateTwo : give.fault;
      }}
      pointsOf={(get) => pointsOf(give.units ?? 0n, giveCurrency, get, getCurrency)}
      actionOf={() => money.rateSet}
      onConfirm={async (get) => {
        await api().money.setRate({
          give: textOf(give.units ?? 0n, giveCurrency.decimals),
          giveCurrency: giveCurrency.id,
          get: textOf(get, getCurrency.decimals),
          getCurrency: getCurrency.id,
        });
        await resources.rates.refresh();
        notify("good", money.rateDone);
        onClose();
      }}
    />
  );
}

/** What comes of exchanging so much for so much. */
function pointsOf(
  give: bigint,
  giveCurrency: CurrencyBody,
  get: bigint,
  getCurrency: CurrencyBody,
): readonly Point[] {
  const { money } = say();
  const [one, other] = [unitsIn(give, giveCurrency), unitsIn(get, getCurrency)];
  const warnings = [giveCurrency, getCurrency].flatMap((each) => lookalikeIn(each) ?? []);
  return [
    { text: money.rateWhat(one, other) },
    { text: `${titleIn(giveCurrency)} → ${titleIn(getCurrency)}` },
    { text: money.rateHeard },
    { text: money.rateRisk, tone: "risk" },
    ...warnings.map((text) => ({ text, tone: "stop" }) as const),
  ];
}
