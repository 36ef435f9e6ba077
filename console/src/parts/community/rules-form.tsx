import type { ComponentChildren, JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type {
  CommunityBody,
  CommunityPersonBody,
  CommunityRulesBody,
  CommunityRulesWish,
} from "../../../../src/api/client/index.ts";
import { shownAmount, textOf } from "../../state/amount.ts";
import { PERCENT_PLACES, percentIn, whoIn } from "../../state/community.ts";
import { isSelf } from "../../state/money.ts";
import { say } from "../../words/language.ts";
import { Form, FormError, useSubmission } from "../form.tsx";
import { AmountField, type AmountInput, Choice, useAmount } from "../money/fields.tsx";
import { type PersonAmounts, PersonRows } from "./person-rows.tsx";

/** Everything that a community's rules say, to be typed. */
export function RulesForm(props: {
  readonly body: Pick<CommunityBody, "id">;
  readonly members: readonly CommunityPersonBody[];
  readonly decimals: number;
  /** The rules that hold; null for a community that is founded. */
  readonly before: CommunityRulesBody | null;
  readonly action: string;
  readonly onRules: (rules: CommunityRulesWish) => Promise<void>;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { body, members, decimals } = props;
  const { community, common } = say();
  const { form } = community;
  const draft = useDraft(props.before, decimals, members);
  const submission = useSubmission(
    async () => {
      await props.onRules(draft.wish());
    },
    () => draft.fault(),
  );
  const { error, isRunning } = submission;
  return (
    <Form submission={submission}>
      {props.children}
      <Stewards draft={draft} members={members} body={body} isFirst={props.before === null} />
      {draft.amounts.map(({ label, input }) => (
        <AmountField key={label} label={label} input={input} error={undefined} />
      ))}
      {draft.choices.map(({ label, options, value, put }) => (
        <Choice key={label} label={label} options={options} value={value} onValue={put} />
      ))}
      <PersonRows
        title={form.tellers}
        action={form.addTeller}
        labels={[form.tellerAll, form.tellerEach]}
        people={members}
        body={body}
        decimals={decimals}
        rows={draft.tellers}
        onRows={draft.setTellers}
      />
      <PersonRows
        title={form.limits}
        action={form.addLimit}
        labels={[form.limit]}
        people={members}
        body={body}
        decimals={decimals}
        rows={draft.limits}
        onRows={draft.setLimits}
      />
      <FormError text={error} />
      <button type="submit" class="primary" disabled={isRunning}>
        {isRunning ? common.loading : props.action}
      </button>
    </Form>
  );
}

/** Who keeps it, and how many of them sign together. */
function Stewards(props: {
  readonly draft: Draft;
  readonly members: readonly CommunityPersonBody[];
  readonly body: Pick<CommunityBody, "id">;
  /** Whoever founds a community is one of its stewards. */
  readonly isFirst: boolean;
}): JSX.Element {
  const { draft, members, body, isFirst } = props;
  const { form } = say().community;
  const id = useId();
  return (
    <>
      <fieldset>
        <legend>{form.stewards}</legend>
        {members.map((member) => (
          <label key={member.person} class="line">
            <input
              type="checkbox"
              checked={draft.stewards.includes(member.person)}
              disabled={isFirst && isSelf(member.person)}
              onChange={(event) => draft.setSteward(member.person, event.currentTarget.checked)}
            />
            <bdi>{whoIn(member, body)}</bdi>
          </label>
        ))}
      </fieldset>
      <label for={`${id}-of`}>{form.of}</label>
      <input
        id={`${id}-of`}
        type="number"
        min={1}
        max={draft.stewards.length}
        value={draft.of}
        onInput={({ currentTarget: { valueAsNumber: of } }) => {
          if (Number.isInteger(of)) draft.setOf(of);
        }}
      />
    </>
  );
}

/** One of several things that rules say. */
interface OneOf {
  readonly label: string;
  readonly options: readonly (readonly [string, string])[];
  readonly value: string;
  readonly put: (id: string) => void;
}

/** Rules that are being typed. */
interface Draft {
  readonly stewards: readonly string[];
  readonly of: number;
  readonly tellers: readonly PersonAmounts[];
  readonly limits: readonly PersonAmounts[];
  readonly amounts: readonly { readonly label: string; readonly input: AmountInput }[];
  readonly choices: readonly OneOf[];
  setSteward(person: string, isOne: boolean): void;
  setOf(of: number): void;
  setTellers(rows: readonly PersonAmounts[]): void;
  setLimits(rows: readonly PersonAmounts[]): void;
  /** Why these are no rules, in words; undefined where they are. */
  fault(): string | undefined;
  /** What the peer is to be told. */
  wish(): CommunityRulesWish;
}

function useDraft(
  before: CommunityRulesBody | null,
  decimals: number,
  members: readonly CommunityPersonBody[],
): Draft {
  const { form } = say().community;
  const self = members.find(({ person }) => isSelf(person))?.person;
  const [chosen, setChosen] = useState(before?.stewards.map(({ person }) => person));
  const stewards = chosen ?? (self === undefined ? [] : [self]);
  const [need, setOf] = useState(before?.of);
  const of = need ?? Math.floor(stewards.length / 2) + 1;
  const sums = useSums(before, decimals);
  const choices = useChoices(before);
  const [tellers, setTellers] = useState<readonly PersonAmounts[]>(
    before?.tellers.map(({ person, exposure, perMember }) => ({
      person,
      amounts: [exposure, perMember],
    })) ?? [],
  );
  const [limits, setLimits] = useState<readonly PersonAmounts[]>(
    before?.limits.map(({ person, limit }) => ({ person, amounts: [limit] })) ?? [],
  );
  return {
    ...{ stewards, of, tellers, limits, setOf, setTellers, setLimits },
    amounts: sums.fields,
    choices: choices.all,
    setSteward: (person, isOne) => {
      const others = stewards.filter((one) => one !== person);
      setChosen(isOne ? [...others, person] : others);
      setOf(undefined);
    },
    fault: () => {
      if (stewards.length === 0) return form.noStewards;
      if (of * 2 <= stewards.length || of > stewards.length) return form.ofWrong;
      return sums.fault();
    },
    wish: () => ({
      ...{ stewards, of, ...sums.wish(), ...choices.wish },
      tellers: tellers.map(({ person, amounts: [exposure = "0", perMember = "0"] }) => ({
        ...{ who: person, exposure, perMember },
      })),
      limits: limits.map(({ person, amounts: [limit = "0"] }) => ({ who: person, limit })),
    }),
  };
}

/** The amounts and percentages of rules. */
function useSums(
  before: CommunityRulesBody | null,
  decimals: number,
): {
  readonly fields: Draft["amounts"];
  readonly fault: () => string | undefined;
  readonly wish: () => CommunityRulesWish;
} {
  const { community, money } = say();
  const { form } = community;
  const first = (text: string | undefined): string =>
    text === undefined ? "" : shownAmount(text, money.point);
  const percent = (text: string | undefined): string => percentIn(text ?? "0");
  const sum = { decimals };
  const share = { decimals: PERCENT_PLACES };
  const isSoft = before !== null && before.soft !== before.limit;
  const limit = useAmount(sum, { allowsZero: true, first: first(before?.limit) });
  const soft = useAmount(sum, { allowsZero: true, first: isSoft ? first(before.soft) : "" });
  const levy = useAmount(share, { allowsZero: true, first: percent(before?.levy) });
  const demurrage = useAmount(share, { allowsZero: true, first: percent(before?.demurrage) });
  const free = useAmount(sum, { allowsZero: true, first: first(before?.free ?? "0") });
  const fields = [
    { label: form.limit, input: limit },
    { label: form.soft, input: soft },
    { label: form.levy, input: levy },
    { label: form.demurrage, input: demurrage },
    { label: form.free, input: free },
  ];
  const isEmpty = (input: AmountInput): boolean => input.typed.trim() === "";
  const text = (input: AmountInput, places: number): string => textOf(input.units ?? 0n, places);
  return {
    fields,
    fault: () => {
      const wrong = fields.find(
        ({ input }) => input.fault !== undefined && !(input === soft && isEmpty(soft)),
      );
      return wrong === undefined ? undefined : `${wrong.label}: ${wrong.input.fault}`;
    },
    wish: () => ({
      limit: text(limit, decimals),
      soft: text(isEmpty(soft) ? limit : soft, decimals),
      levy: text(levy, PERCENT_PLACES),
      demurrage: text(demurrage, PERCENT_PLACES),
      free: text(free, decimals),
    }),
  };
}

/** What rules say one or the other of. */
function useChoices(before: CommunityRulesBody | null): {
  readonly all: readonly OneOf[];
  readonly wish: Pick<Required<CommunityRulesWish>, "admission" | "visible" | "bearer">;
} {
  const { form } = say().community;
  const [admission, setAdmission] = useState(before?.admission ?? "group");
  const [visible, setVisible] = useState(before?.visible ?? "members");
  const [bearer, setBearer] = useState(before?.bearer ?? "community");
  return {
    all: [
      {
        ...{ label: form.admission, options: Object.entries(form.admissions), value: admission },
        put: (id) => setAdmission(id === "stewards" ? id : "group"),
      },
      {
        ...{ label: form.visible, options: Object.entries(form.visibles), value: visible },
        put: (id) => setVisible(id === "stewards" ? id : "members"),
      },
      {
        ...{ label: form.bearer, options: Object.entries(form.bearers), value: bearer },
        put: (id) => setBearer(id === "teller" ? id : "community"),
      },
    ],
    wish: { admission, visible, bearer },
  };
}
