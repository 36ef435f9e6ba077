import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { CurrencyBody } from "../../../../src/api/client/index.ts";
import { say } from "../../words/language.ts";
import { Confirm, type Point } from "./consequences.tsx";
import { AmountField, useAmount } from "./fields.tsx";

/** Asks for an amount, says in words what comes of it, and only then does it. */
export function AmountForm(props: {
  readonly currency: Pick<CurrencyBody, "decimals"> | undefined;
  readonly label: string;
  readonly allowsZero?: boolean;
  /** What stands in the field at first. */
  readonly first?: string;
  /** What stands above and below the amount. */
  readonly above?: ComponentChildren;
  readonly below?: ComponentChildren;
  /** Why it cannot be so much, in words; undefined where it can. */
  readonly faultOf?: (units: bigint) => string | undefined;
  readonly pointsOf: (units: bigint) => readonly Point[];
  /** What the button says that does it. */
  readonly actionOf: (units: bigint) => string;
  readonly onConfirm: (units: bigint) => Promise<void>;
}): JSX.Element {
  const { allowsZero = false, first = "" } = props;
  const amount = useAmount(props.currency, { allowsZero, first });
  const [error, setError] = useState<string | undefined>(undefined);
  const [units, setUnits] = useState<bigint | undefined>(undefined);
  if (units !== undefined) {
    return (
      <Confirm
        points={props.pointsOf(units)}
        action={props.actionOf(units)}
        onConfirm={() => props.onConfirm(units)}
        onBack={() => setUnits(undefined)}
      />
    );
  }
  const check = (): void => {
    const { units: typed, fault } = amount;
    const wrong = fault ?? (typed === undefined ? undefined : props.faultOf?.(typed));
    setError(wrong);
    setUnits(wrong === undefined ? typed : undefined);
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        check();
      }}
    >
      {props.above}
      <AmountField label={props.label} input={amount} error={error} />
      {props.below}
      <button type="submit" class="primary">
        {say().money.go}
      </button>
    </form>
  );
}
