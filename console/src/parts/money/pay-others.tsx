import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CurrencyBody, LineBody, PaymentBody } from "../../../../src/api/client/index.ts";
import { textOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { lookalikeIn, memoIn, nameIn, titleIn, totalsOf, unitsIn } from "../../state/money.ts";
import { resources, useResource } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { AmountForm } from "./amount-form.tsx";
import type { Point } from "./consequences.tsx";
import { amountLabel, Choice, currencyOptions, MemoField, memoFault } from "./fields.tsx";

/** Pays a contact over people in between: whom, in which currency, how much. */
export function OthersForm(props: {
  /** Own lines that have room. */
  readonly lines: readonly LineBody[];
  readonly above: JSX.Element;
  readonly onPaying: (payment: PaymentBody) => void;
}): JSX.Element {
  const { money } = say();
  const { lines } = props;
  const contacts = useResource(resources.contacts).data ?? [];
  const met = contacts.filter(({ state, blocked }) => state === "met" && !blocked);
  const currencies = totalsOf(lines).map(({ currency }) => currency);
  const [who, setWho] = useState("");
  const [which, setWhich] = useState(currencies[0]?.id ?? "");
  const [memo, setMemo] = useState("");
  const contact = met.find(({ personId }) => personId === who) ?? met[0];
  const currency = currencies.find(({ id }) => id === which) ?? currencies[0];
  const what = memo.trim();
  if (contact === undefined || currency === undefined) {
    return (
      <div class="form">
        {props.above}
        <p>{money.offerNobody}</p>
      </div>
    );
  }
  return (
    <AmountForm
      currency={currency}
      label={amountLabel(currency)}
      above={
        <>
          {props.above}
          <Choice
            label={money.payOthersWho}
            options={met.map(({ personId, petname }) => [personId, nameIn(petname)])}
            value={contact.personId}
            onValue={setWho}
          />
          <Choice
            label={money.which}
            options={currencyOptions(currencies)}
            value={currency.id}
            onValue={setWhich}
          />
        </>
      }
      below={<MemoField label={money.memo} value={memo} onValue={setMemo} />}
      faultOf={(units) => memoFault(what) ?? othersFault(lines, currency, units)}
      pointsOf={(units) => othersPoints(nameIn(contact.petname), currency, units, what)}
      actionOf={(units) => money.payAction(unitsIn(units, currency))}
      onConfirm={async (units) =>
        props.onPaying(await payOthers(contact.personId, currency, units, what))
      }
    />
  );
}

/** Begins to pay over others. @param units in the smallest unit */
export async function payOthers(
  person: string,
  currency: CurrencyBody,
  units: bigint,
  memo: string,
): Promise<PaymentBody> {
  const text = textOf(units, currency.decimals);
  const payment = await api().money.payOverOthers(person, currency.id, text, memo);
  await resources.payments.refresh();
  return payment;
}

/** Why it cannot be so much over all lines in a currency; undefined where it can. */
export function othersFault(
  lines: readonly LineBody[],
  currency: CurrencyBody,
  units: bigint,
): string | undefined {
  const most = totalsOf(lines).find((one) => one.currency.id === currency.id)?.canPay ?? 0n;
  return units > most ? say().money.othersTooMuch(unitsIn(most, currency)) : undefined;
}

/** What comes of paying so much over others. */
export function othersPoints(
  name: string,
  currency: CurrencyBody,
  units: bigint,
  memo: string,
): readonly Point[] {
  const { money } = say();
  const sum = unitsIn(units, currency);
  const warning = lookalikeIn(currency);
  return [
    { text: money.payWhat(name, sum, titleIn(currency)) },
    ...(memo === "" ? [] : [{ text: money.payMemo(memoIn(memo)) }]),
    { text: money.linkCost(sum) },
    { text: money.othersNear(name) },
    { text: money.linkAll },
    { text: money.linkRisk, tone: "risk" },
    ...(warning === undefined ? [] : [{ text: warning, tone: "stop" } as const]),
  ];
}
