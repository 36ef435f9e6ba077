import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ContactBody, CurrencyBody } from "../../../../src/api/client/index.ts";
import { textOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { moneyFragment } from "../../state/fragment.ts";
import { lookalikeIn, nameIn, titleIn, unitsIn } from "../../state/money.ts";
import { notify } from "../../state/notices.ts";
import { resources, useResource } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Dialog } from "../dialog.tsx";
import { Failed, Loading } from "../states.tsx";
import { AmountForm } from "./amount-form.tsx";
import type { Point } from "./consequences.tsx";
import { amountLabel, Choice, currencyOptions } from "./fields.tsx";
import { riskPoint } from "./offer-card.tsx";

/** Offers somebody a line in a currency. */
export function OfferDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { money } = say();
  const contacts = useResource(resources.contacts);
  const currencies = useResource(resources.currencies);
  const error = contacts.error ?? currencies.error;
  const met = contacts.data?.filter(({ state, blocked }) => state === "met" && !blocked);
  const known = currencies.data?.currencies;
  return (
    <Dialog title={money.offerTitle} onClose={onClose}>
      {met === undefined || known === undefined ? (
        error === undefined ? (
          <Loading />
        ) : (
          <Failed
            error={error}
            retry={() => {
              void resources.contacts.refresh();
              void resources.currencies.refresh();
            }}
          />
        )
      ) : known.length === 0 ? (
        <div class="form">
          <p>{money.offerNoCurrency}</p>
          <a class="button" href={moneyFragment({ page: "currencies" })} onClick={onClose}>
            {money.pages.currencies}
          </a>
        </div>
      ) : met.length === 0 ? (
        <p>{money.offerNobody}</p>
      ) : (
        <Terms contacts={met} currencies={known} onClose={onClose} />
      )}
    </Dialog>
  );
}

function Terms(props: {
  readonly contacts: readonly ContactBody[];
  readonly currencies: readonly CurrencyBody[];
  readonly onClose: () => void;
}): JSX.Element {
  const { money } = say();
  const [who, setWho] = useState(props.contacts[0]?.personId ?? "");
  const [which, setWhich] = useState(props.currencies[0]?.id ?? "");
  const contact = props.contacts.find(({ personId }) => personId === who);
  const currency = props.currencies.find(({ id }) => id === which);
  const name = nameIn(contact?.petname ?? "");
  return (
    <AmountForm
      currency={currency}
      label={`${money.offerLimit}: ${amountLabel(currency)}`}
      above={
        <>
          <Choice
            label={money.who}
            options={props.contacts.map(({ personId, petname }) => [personId, nameIn(petname)])}
            value={who}
            onValue={setWho}
          />
          <Choice
            label={money.which}
            options={currencyOptions(props.currencies)}
            value={which}
            onValue={setWhich}
          />
        </>
      }
      pointsOf={(limit) => (currency === undefined ? [] : pointsOf(name, currency, limit))}
      actionOf={() => money.offerDo}
      onConfirm={async (limit) => {
        const text = textOf(limit, currency?.decimals ?? 0);
        const line = await api().money.begin(who, which, text);
        await resources.lines.refresh();
        notify("good", money.offered(name));
        props.onClose();
        location.hash = moneyFragment({ line: line.id });
      }}
    />
  );
}

/** What comes of offering a line. */
function pointsOf(name: string, currency: CurrencyBody, limit: bigint): readonly Point[] {
  const { money } = say();
  const warning = lookalikeIn(currency);
  return [
    { text: money.offerWhat(name, titleIn(currency)) },
    { text: money.offerTheirs(name) },
    riskPoint(name, limit, unitsIn(limit, currency)),
    ...(warning === undefined ? [] : [{ text: warning, tone: "stop" } as const]),
  ];
}
