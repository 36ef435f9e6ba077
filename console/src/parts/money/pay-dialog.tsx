import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { LineBody, PaymentBody } from "../../../../src/api/client/index.ts";
import { textOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import {
  balanceIn,
  lineUnits,
  lookalikeIn,
  memoIn,
  partnerIn,
  titleIn,
  unitsIn,
} from "../../state/money.ts";
import { notify } from "../../state/notices.ts";
import { resources } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { Dialog } from "../dialog.tsx";
import { Load } from "../states.tsx";
import { AmountForm } from "./amount-form.tsx";
import type { Point } from "./consequences.tsx";
import { amountLabel, Choice, MemoField, memoFault } from "./fields.tsx";
import { OthersForm, othersFault, othersPoints, payOthers } from "./pay-others.tsx";
import { Progress } from "./progress.tsx";

/** What stands in the choice of a line for people with whom there is none. */
const OTHERS = "";

/** Pays a contact: over a line, or over people in between. */
export function PayDialog(props: {
  /** The line that is chosen at first. */
  readonly line?: LineBody;
  readonly onClose: () => void;
}): JSX.Element {
  const { money } = say();
  const [payment, setPayment] = useState<PaymentBody | undefined>(undefined);
  return (
    <Dialog title={money.payTitle} onClose={props.onClose}>
      {payment !== undefined ? (
        <Progress begun={payment} onClose={props.onClose} />
      ) : (
        <Load from={resources.lines}>
          {({ lines }) => {
            const able = lines.filter((line) => lineUnits(line, "canPay") > 0n);
            if (able.length > 0) return <Terms lines={able} onPaying={setPayment} {...props} />;
            return (
              <div class="form">
                <p>{money.noLine}</p>
                <p class="quiet">{money.noLineHint}</p>
              </div>
            );
          }}
        </Load>
      )}
    </Dialog>
  );
}

function Terms(props: {
  readonly lines: readonly LineBody[];
  readonly line?: LineBody;
  readonly onPaying: (payment: PaymentBody) => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { money } = say();
  const { lines, onPaying } = props;
  const [id, setId] = useState(props.line?.id ?? lines[0]?.id ?? OTHERS);
  const line = lines.find((one) => one.id === id) ?? lines[0];
  const choice = (
    <Choice
      label={money.who}
      options={[
        ...lines.map((one): [string, string] => [
          one.id,
          `${partnerIn(one)} · ${titleIn(one.currency)}`,
        ]),
        [OTHERS, money.payOthers],
      ]}
      value={id === OTHERS ? OTHERS : (line?.id ?? OTHERS)}
      onValue={setId}
    />
  );
  if (id === OTHERS || line === undefined) {
    return <OthersForm lines={lines} above={choice} onPaying={onPaying} />;
  }
  return <LineForm key={line.id} {...props} line={line} above={choice} />;
}

function LineForm(props: {
  readonly lines: readonly LineBody[];
  readonly line: LineBody;
  readonly above: JSX.Element;
  readonly onPaying: (payment: PaymentBody) => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { money } = say();
  const { line, lines } = props;
  const { currency } = line;
  const [memo, setMemo] = useState("");
  const [isWide, setWide] = useState(false);
  const wideId = useId();
  const most = lineUnits(line, "canPay");
  const what = memo.trim();
  const pay = async (units: bigint): Promise<void> => {
    if (isWide) return props.onPaying(await payOthers(line.person, currency, units, what));
    await api().money.pay(line.person, currency.id, textOf(units, currency.decimals), what);
    await resources.lines.refresh();
    notify("good", money.paid(partnerIn(line), unitsIn(units, currency)));
    props.onClose();
  };
  return (
    <AmountForm
      currency={currency}
      label={amountLabel(currency)}
      above={
        <>
          {props.above}
          <p class="quiet">
            <bdi>{money.canPay(unitsIn(most, currency))}</bdi>
          </p>
        </>
      }
      below={
        <>
          <MemoField label={money.memo} value={memo} onValue={setMemo} />
          <label class="line" for={wideId}>
            <input
              id={wideId}
              type="checkbox"
              checked={isWide}
              onChange={(event) => setWide(event.currentTarget.checked)}
            />
            <span>{money.overOthers}</span>
          </label>
        </>
      }
      faultOf={(units) =>
        memoFault(what) ??
        (isWide
          ? othersFault(lines, currency, units)
          : units > most
            ? money.payTooMuch(unitsIn(most, currency))
            : undefined)
      }
      pointsOf={(units) =>
        isWide
          ? othersPoints(partnerIn(line), currency, units, what)
          : consequencesOf(line, units, what)
      }
      actionOf={(units) => money.payAction(unitsIn(units, currency))}
      onConfirm={pay}
    />
  );
}

/** What comes of paying so much over a line. */
function consequencesOf(line: LineBody, units: bigint, memo: string): readonly Point[] {
  const { money } = say();
  const name = partnerIn(line);
  const sum = unitsIn(units, line.currency);
  const warning = lookalikeIn(line.currency);
  return [
    { text: money.payWhat(name, sum, titleIn(line.currency)) },
    ...(memo === "" ? [] : [{ text: money.payMemo(memoIn(memo)) }]),
    { text: money.payCost(sum) },
    { text: money.afterwards(balanceIn(line, lineUnits(line, "balance") - units)) },
    { text: line.isInReach ? money.payNear(name) : money.payFar(name) },
    { text: money.payRisk(name), tone: "risk" },
    ...(warning === undefined ? [] : [{ text: warning, tone: "stop" } as const]),
  ];
}
