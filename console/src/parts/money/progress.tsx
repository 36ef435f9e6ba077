import type { JSX } from "preact";
import type { PaymentBody } from "../../../../src/api/client/index.ts";
import { moneyFragment } from "../../state/fragment.ts";
import { personIn, sumIn } from "../../state/money.ts";
import { resources, useResource } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { PaymentState } from "./payments-page.tsx";

/** What becomes of a payment, as it happens. */
export function Progress(props: {
  readonly begun: PaymentBody;
  readonly onClose: () => void;
}): JSX.Element {
  const { begun } = props;
  const { money } = say();
  const underWay = useResource(resources.payments).data?.payments;
  const receipts = useResource(resources.receipts).data?.receipts;
  const isPaid = receipts?.some(({ id, direction }) => id === begun.id && direction === "out");
  const now = underWay?.find(({ id }) => id === begun.id) ?? begun;
  if (isPaid === true || now.state === "paid") {
    const name = personIn(begun.payee, begun.person);
    return (
      <div class="form">
        <p class="good" role="status">
          <bdi>{money.linkPaid(name, sumIn(begun.amount, begun.currency))}</bdi>
        </p>
        <a class="button" href={moneyFragment({ page: "receipts" })} onClick={props.onClose}>
          {money.seeReceipts}
        </a>
      </div>
    );
  }
  return (
    <div class="form">
      <PaymentState payment={now} />
      {now.state === "failed" ? null : <p class="quiet">{money.seePayments}</p>}
    </div>
  );
}
