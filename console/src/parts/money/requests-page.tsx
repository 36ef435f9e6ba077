import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { InvoiceBody, InvoicesBody } from "../../../../src/api/client/index.ts";
import { unitsOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { formatTime } from "../../state/format.ts";
import { memoIn, sumIn, titleIn } from "../../state/money.ts";
import { attempt, notify } from "../../state/notices.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Dialog } from "../dialog.tsx";
import { Icon } from "../icons.tsx";
import { Empty, Load } from "../states.tsx";
import { MoneyPageFrame } from "./page.tsx";
import { InvoiceCard, RequestDialog } from "./request-dialog.tsx";

/** Own requests that are not paid yet. */
export function RequestsPage(): JSX.Element {
  const { money } = say();
  const [isAsking, setAsking] = useState(false);
  const act = (
    <button type="button" class="primary" onClick={() => setAsking(true)}>
      <Icon name="plus" /> {money.ask}
    </button>
  );
  return (
    <MoneyPageFrame title={money.pages.requests} act={act}>
      <Load from={resources.invoices}>{(found) => <Requests found={found} />}</Load>
      {isAsking ? <RequestDialog onClose={() => setAsking(false)} /> : null}
    </MoneyPageFrame>
  );
}

function Requests({ found }: { readonly found: InvoicesBody }): JSX.Element {
  const { money } = say();
  const [shown, setShown] = useState<InvoiceBody | undefined>(undefined);
  if (found.requests.length === 0 && shown === undefined) {
    return (
      <Empty icon="money" title={money.requestsNone}>
        {money.requestsNoneHint}
      </Empty>
    );
  }
  return (
    <section class="card" aria-label={money.pages.requests}>
      <ul class="lines">
        {found.requests.map((one) => (
          <Request key={one.id} invoice={one} onShow={() => setShown(one)} />
        ))}
      </ul>
      {shown === undefined ? null : (
        <Dialog title={money.askTitle} onClose={() => setShown(undefined)}>
          <InvoiceCard invoice={shown} />
        </Dialog>
      )}
    </section>
  );
}

function Request(props: {
  readonly invoice: InvoiceBody;
  readonly onShow: () => void;
}): JSX.Element {
  const { invoice } = props;
  const { money, common } = say();
  const { currency, memo, state, held } = invoice;
  const isHeld = unitsOf(held, currency.decimals) > 0n;
  const withdraw = (): Promise<boolean> =>
    attempt(async () => {
      await api().money.withdraw(invoice.id);
      await resources.invoices.refresh();
      notify("good", money.withdrawn);
    });
  return (
    <li class="line">
      <span class="grow">
        <strong>
          <bdi>{sumIn(invoice.amount, currency)}</bdi>
        </strong>
        {memo === "" ? null : <bdi>{memoIn(memo)}</bdi>}
        <small class="quiet">
          <bdi>{titleIn(currency)}</bdi>
        </small>
        <small class="quiet">
          {isHeld ? money.askHeld(sumIn(held, currency)) : money.askStates[state]} ·{" "}
          {common.goodUntil(formatTime(invoice.expiresAtMs, Date.now()))}
        </small>
      </span>
      {state === "open" ? (
        <span class="buttons">
          <button type="button" onClick={props.onShow}>
            {money.showCode}
          </button>
          <button type="button" onClick={() => void withdraw()}>
            {money.withdraw}
          </button>
        </span>
      ) : null}
    </li>
  );
}
