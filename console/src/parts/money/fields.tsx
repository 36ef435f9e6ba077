import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { CurrencyBody } from "../../../../src/api/client/index.ts";
import { MEMO_BYTES_MAX } from "../../limits.ts";
import { AMOUNT_MAX, shownAmount, textOf, typedAmount } from "../../state/amount.ts";
import { utf8Length } from "../../state/format.ts";
import { nameIn, titleIn } from "../../state/money.ts";
import { say } from "../../words/language.ts";

/** What is being typed as an amount. */
export interface AmountInput {
  readonly typed: string;
  readonly type: (typed: string) => void;
  /** In the smallest unit; undefined while it is no amount. */
  readonly units: bigint | undefined;
  /** Why it is no amount, in words. */
  readonly fault: string | undefined;
}

/** An amount in a currency that somebody types. */
export function useAmount(
  currency: Pick<CurrencyBody, "decimals"> | undefined,
  { allowsZero = false, first = "" }: { allowsZero?: boolean; first?: string } = {},
): AmountInput {
  const [typed, type] = useState(first);
  const { point } = say().money;
  if (currency === undefined) return { typed, type, units: undefined, fault: undefined };
  const read = typedAmount(typed, currency.decimals, point, allowsZero);
  if ("units" in read) return { typed, type, units: read.units, fault: undefined };
  return { typed, type, units: undefined, fault: faultIn(read.fault, currency.decimals) };
}

function faultIn(fault: keyof ReturnType<typeof say>["money"]["faults"], decimals: number): string {
  const { faults, point } = say().money;
  const shown = (units: bigint): string => shownAmount(textOf(units, decimals), point);
  if (fault === "none") {
    const whole = 10n ** BigInt(decimals);
    return faults.none(shown(12n * whole + whole / 2n));
  }
  if (fault === "precise") return faults.precise(decimals);
  if (fault === "much") return faults.much(shown(AMOUNT_MAX));
  return faults[fault];
}

/** A field for an amount; what is wrong with it stands below it. */
export function AmountField(props: {
  readonly label: string;
  readonly input: AmountInput;
  /** What is wrong; undefined while nobody has tried to go on. */
  readonly error: string | undefined;
}): JSX.Element {
  const { input, error } = props;
  const id = useId();
  return (
    <>
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type="text"
        inputMode="decimal"
        autocomplete="off"
        aria-invalid={error !== undefined}
        {...(error === undefined ? {} : { "aria-describedby": `${id}-error` })}
        value={input.typed}
        onInput={(event) => input.type(event.currentTarget.value)}
      />
      {error === undefined ? null : (
        <p id={`${id}-error`} class="bad" role="alert">
          {error}
        </p>
      )}
    </>
  );
}

/** A field for what a payment is for. */
export function MemoField(props: {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
}): JSX.Element {
  const id = useId();
  return (
    <>
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type="text"
        autocomplete="off"
        placeholder={say().money.memoExample}
        value={props.value}
        onInput={(event) => props.onValue(event.currentTarget.value)}
      />
    </>
  );
}

/** What is wrong with the words of a payment; undefined where nothing is. */
export function memoFault(memo: string): string | undefined {
  return utf8Length(memo) > MEMO_BYTES_MAX ? say().money.memoTooLong : undefined;
}

/** A choice among a few things, each with an id. */
export function Choice(props: {
  readonly label: string;
  readonly options: readonly (readonly [id: string, text: string])[];
  readonly value: string;
  readonly onValue: (id: string) => void;
}): JSX.Element {
  const id = useId();
  return (
    <>
      <label for={id}>{props.label}</label>
      <select
        id={id}
        value={props.value}
        onChange={(event) => props.onValue(event.currentTarget.value)}
      >
        {props.options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </>
  );
}

/** Currencies to choose from. */
export function currencyOptions(
  currencies: readonly CurrencyBody[],
): readonly (readonly [string, string])[] {
  return currencies.map((one) => [one.id, `${titleIn(one)} (${one.id.slice(0, 6)})`]);
}

/** The label of a field for an amount in a currency. */
export function amountLabel(currency: CurrencyBody | undefined): string {
  const { money } = say();
  return currency === undefined ? money.amount : money.amountIn(money.units(nameIn(currency.unit)));
}
