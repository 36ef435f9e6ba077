import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { LineBody } from "../../../../src/api/client/index.ts";
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
import { Confirm, type Point } from "./consequences.tsx";
import { AmountField, amountLabel, Choice, MemoField, memoFault, useAmount } from "./fields.tsx";

/** Pays a contact over a line. */
export function PayDialog(props: {
  /** The line that is chosen at first. */
  readonly line?: LineBody;
  readonly onClose: () => void;
}): JSX.Element {
  const { money } = say();
  return (
    <Dialog title={money.payTitle} onClose={props.onClose}>
      <Load from={resources.lines}>
        {({ lines }) => {
          const able = lines.filter((line) => lineUnits(line, "canPay") > 0n);
          if (able.length > 0) return <Terms lines={able} {...props} />;
          return (
            <div class="form">
              <p>{money.noLine}</p>
              <p class="quiet">{money.noLineHint}</p>
            </div>
          );
        }}
      </Load>
    </Dialog>
  );
}

function Terms(props: {
  readonly lines: readonly LineBody[];
  readonly line?: LineBody;
  readonly onClose: () => void;
}): JSX.Element {
  const { money } = say();
  const [id, setId] = useState(props.line?.id ?? props.lines[0]?.id ?? "");
  const line = props.lines.find((one) => one.id === id) ?? props.lines[0];
  const amount = useAmount(line?.currency);
  const [memo, setMemo] = useState("");
  const [error, setError] = useState<string | undefined>(undefined);
  const [units, setUnits] = useState<bigint | undefined>(undefined);
  if (line === undefined) return <p>{money.noLine}</p>;
  const most = lineUnits(line, "canPay");
  const check = (): void => {
    const tooMuch = (amount.units ?? 0n) > most;
    const wrong =
      amount.fault ??
      (tooMuch ? money.payTooMuch(unitsIn(most, line.currency)) : memoFault(memo.trim()));
    setError(wrong);
    setUnits(wrong === undefined ? amount.units : undefined);
  };
  if (units !== undefined) {
    return (
      <Confirm
        points={consequencesOf(line, units, memo.trim())}
        action={money.payAction(unitsIn(units, line.currency))}
        onConfirm={async () => {
          const text = textOf(units, line.currency.decimals);
          await api().money.pay(line.person, line.currency.id, text, memo.trim());
          await resources.lines.refresh();
          notify("good", money.paid(partnerIn(line), unitsIn(units, line.currency)));
          props.onClose();
        }}
        onBack={() => setUnits(undefined)}
      />
    );
  }
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        check();
      }}
    >
      <Choice
        label={money.who}
        options={props.lines.map((one) => [one.id, `${partnerIn(one)} · ${titleIn(one.currency)}`])}
        value={line.id}
        onValue={setId}
      />
      <p class="quiet">
        <bdi>{money.canPay(unitsIn(most, line.currency))}</bdi>
      </p>
      <AmountField label={amountLabel(line.currency)} input={amount} error={error} />
      <MemoField label={money.memo} value={memo} onValue={setMemo} />
      <button type="submit" class="primary">
        {money.go}
      </button>
    </form>
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
