import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { LineBody } from "../../../../src/api/client/index.ts";
import { textOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { moneyFragment } from "../../state/fragment.ts";
import { lookalikeIn, partnerIn, personIn, sumIn, titleIn, unitsIn } from "../../state/money.ts";
import { attempt, notify } from "../../state/notices.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Dialog } from "../dialog.tsx";
import { AmountForm } from "./amount-form.tsx";
import { type Point, Points } from "./consequences.tsx";

/** A line that somebody offers: what it is, who issues its currency, and a yes or a no. */
export function OfferCard({ line }: { readonly line: LineBody }): JSX.Element {
  const { money } = say();
  const [isAccepting, setAccepting] = useState(false);
  const [isRunning, setRunning] = useState(false);
  const decline = async (): Promise<void> => {
    setRunning(true);
    await attempt(async () => {
      await api().money.close(line.id);
      await resources.lines.refresh();
      notify("good", money.declined);
    });
    setRunning(false);
  };
  return (
    <section class="card form offer" aria-label={money.offers(partnerIn(line))}>
      <h2>
        <bdi>{money.offers(partnerIn(line))}</bdi>
      </h2>
      <p>
        <bdi>{titleIn(line.currency)}</bdi>
      </p>
      <Points points={aboutOffer(line)} />
      <div class="buttons">
        <button
          type="button"
          class="primary"
          disabled={isRunning}
          onClick={() => setAccepting(true)}
        >
          {money.accept}
        </button>
        <button type="button" disabled={isRunning} onClick={() => void decline()}>
          {money.decline}
        </button>
      </div>
      {isAccepting ? <AcceptDialog line={line} onClose={() => setAccepting(false)} /> : null}
    </section>
  );
}

/** What is known of an offer before anything is said to it. */
function aboutOffer(line: LineBody): readonly Point[] {
  const { money } = say();
  const { currency } = line;
  const warning = lookalikeIn(currency);
  return [
    { text: money.riskYou(partnerIn(line), sumIn(line.youMayOwe, currency)) },
    { text: money.promise(personIn(currency.issuer, currency.person)), tone: "risk" },
    ...(warning === undefined ? [] : [{ text: warning, tone: "stop" } as const]),
  ];
}

function AcceptDialog(props: {
  readonly line: LineBody;
  readonly onClose: () => void;
}): JSX.Element {
  const { line, onClose } = props;
  const { currency } = line;
  const { money } = say();
  const name = partnerIn(line);
  return (
    <Dialog title={<bdi>{money.acceptTitle(name)}</bdi>} onClose={onClose}>
      <AmountForm
        currency={currency}
        label={money.offerLimit}
        allowsZero
        above={
          <p>
            <bdi>{titleIn(currency)}</bdi>
          </p>
        }
        pointsOf={(limit) => [
          ...aboutOffer(line),
          riskPoint(name, limit, unitsIn(limit, currency)),
        ]}
        actionOf={() => money.accept}
        onConfirm={async (limit) => {
          await api().money.begin(line.person, currency.id, textOf(limit, currency.decimals));
          await resources.lines.refresh();
          notify("good", money.accepted(name));
          onClose();
          location.hash = moneyFragment({ line: line.id });
        }}
      />
    </Dialog>
  );
}

/** What can be lost to somebody who may owe so much. */
export function riskPoint(name: string, limit: bigint, sum: string): Point {
  const { money } = say();
  if (limit === 0n) return { text: money.riskNone(name) };
  return { text: money.risk(name, sum), tone: "risk" };
}
