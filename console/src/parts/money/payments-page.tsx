import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PaymentBody, PaymentsBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { formatTime } from "../../state/format.ts";
import { memoIn, nameIn, personIn, sumIn } from "../../state/money.ts";
import { notify } from "../../state/notices.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { ConfirmDialog } from "../confirm-dialog.tsx";
import { Empty, Load } from "../states.tsx";
import { MoneyPageFrame } from "./page.tsx";

/** Payments of requests that are under way or have failed, each with why, and a way to give it up. */
export function PaymentsPage(): JSX.Element {
  return (
    <MoneyPageFrame title={say().money.pages.payments}>
      <Load from={resources.payments}>{(found) => <Payments found={found} />}</Load>
    </MoneyPageFrame>
  );
}

function Payments({ found }: { readonly found: PaymentsBody }): JSX.Element {
  const { money } = say();
  if (found.payments.length === 0) {
    return (
      <Empty icon="clock" title={money.paymentsNone}>
        {money.paymentsNoneHint}
      </Empty>
    );
  }
  return (
    <>
      {found.payments.map((payment) => (
        <Payment key={payment.id} payment={payment} />
      ))}
    </>
  );
}

function Payment({ payment }: { readonly payment: PaymentBody }): JSX.Element {
  const { money } = say();
  const [isAsking, setAsking] = useState(false);
  const title = money.paymentTo(
    sumIn(payment.amount, payment.currency),
    personIn(payment.payee, payment.person),
  );
  return (
    <section class="card form" aria-label={title}>
      <h3>
        <bdi>{title}</bdi>
      </h3>
      <small class="quiet">
        {money.begun(formatTime(payment.begunAtMs, Date.now()))}
        {payment.memo === "" ? null : (
          <>
            {" · "}
            <bdi>{memoIn(payment.memo)}</bdi>
          </>
        )}
      </small>
      <PaymentState payment={payment} />
      {payment.state === "failed" || payment.state === "letting-go" ? null : (
        <div class="buttons">
          <button type="button" onClick={() => setAsking(true)}>
            {money.giveUp}
          </button>
        </div>
      )}
      {isAsking ? (
        <ConfirmDialog
          title={money.giveUpTitle}
          action={money.giveUp}
          onConfirm={async () => {
            await api().money.giveUp(payment.id);
            await resources.payments.refresh();
            notify("good", money.givenUp);
          }}
          onClose={() => setAsking(false)}
        >
          {money.giveUpText}
        </ConfirmDialog>
      ) : null}
    </section>
  );
}

/** How a payment stands, why it is not paid, what can be done, and over whom it leaves. */
export function PaymentState({ payment }: { readonly payment: PaymentBody }): JSX.Element {
  const { money } = say();
  const { state, reason, why, parts, currency } = payment;
  const known = reason !== null && Object.hasOwn(money.reasons, reason);
  const because = known ? money.reasons[reason] : why;
  const hangs = state === "locked" || state === "letting-go";
  const words =
    state === "failed" ? money.linkFailed(because ?? "").trim() : money.paymentStates[state];
  return (
    <>
      <p role="status" class={state === "failed" ? "bad" : ""}>
        {words}
      </p>
      {hangs || state === "failed" || because === undefined || because === null ? null : (
        <p class="quiet">{because}</p>
      )}
      {parts.length === 0 ? null : (
        <ul class="lines">
          {parts.map((part, at) => (
            <li key={at} class="line">
              <bdi class="grow">
                {money.partOver(sumIn(part.amount, currency), nameIn(part.over))}
              </bdi>
              <small class="quiet">{money.partStates[part.state] ?? part.state}</small>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
