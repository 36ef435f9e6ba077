import type { CurrencyBody, LineBody, StatementBody } from "../../api/client/index.ts";
import { withUnit } from "../../base/unit-words.ts";
import { inert, table } from "../output.ts";
import { typedCommand } from "../words.ts";

/** An amount with its unit, such as "12.50 hours". */
export function amount(text: string, currency: CurrencyBody): string {
  return withUnit(text, currency.unit);
}

/** Who owes whom how much, as a sentence. */
export function balanceWords({ balance, with: name, currency }: LineBody): string {
  const who = inert(name);
  if (Number(balance) === 0) return `Neither of you owes anything.`;
  if (!balance.startsWith("-")) return `${who} owes you ${amount(balance, currency)}.`;
  return `You owe ${who} ${amount(balance.slice(1), currency)}.`;
}

/** A warning where another currency looks like this one; empty where none does. */
export function lookalikeWords({ title, lookalikes }: CurrencyBody): string {
  if (lookalikes.length === 0) return "";
  return `Take care: '${inert(title)}' is not the same as ${lookalikes.map(inert).join(" or ")}, which looks like it.`;
}

/** Enough of an id to be typed for one of few. */
const TYPED_ID_CHARACTERS = 8;

/** What to type for a currency: other currencies may well have its unit, lookalikes even its name. */
export function typedCurrency({ id, name, alike }: CurrencyBody): string {
  return alike.length === 0 ? name : id.slice(0, TYPED_ID_CHARACTERS);
}

/** Placeholders are typed by nobody: no quotes for them. */
function lineOffer(currency: string): string {
  return typedCommand("line offer <who>", [currency], "--limit 50");
}

/** What whoever has issued a currency does next: stewards keep a group's. */
export function nextWords(currency: CurrencyBody): string {
  if (currency.group === null) {
    return `Offer somebody a line: ${lineOffer(typedCurrency(currency))}`;
  }
  return `Let stewards of the group keep it: ${typedCommand("community found", [typedCurrency(currency)], "--stewards me,<who>,<who> --of 2 --limit 50")}`;
}

const STATES: Readonly<Record<LineBody["state"], string>> = {
  offered: "offered",
  open: "",
  closing: "is being closed",
  closed: "closed",
  stopped: "STOPPED",
};

function notesOf(line: LineBody): string {
  const waits = line.waitsFor === "you" ? "waits for your answer" : "waits for their answer";
  const ahead = line.unconfirmed > 0 && line.state === "open";
  return [
    line.state === "offered" ? waits : STATES[line.state],
    ahead ? (line.isInReach ? "on its way to them" : "told when they are in reach") : "",
    Number(line.lockedIn) + Number(line.lockedOut) > 0 ? "payments on their way" : "",
    line.isHidden ? "hidden" : "",
    line.trouble === null ? "" : "see 'peernet line show'",
  ]
    .filter(Boolean)
    .join(", ");
}

/** All lines as a table. */
export function lineTable(lines: readonly LineBody[]): string {
  const head = ["WITH", "CURRENCY", "BALANCE", "YOU CAN PAY", "THEY MAY OWE", "YOU MAY OWE", ""];
  const rows = lines.map((line) => [
    inert(line.with),
    inert(line.currency.title),
    line.balance,
    line.canPay,
    line.theyMayOwe,
    line.youMayOwe,
    notesOf(line),
  ]);
  return table([head, ...rows]);
}

/** One line in words: what is owed, what may be, what it risks, and what can be done. */
export function describeLine(line: LineBody): string {
  const { currency } = line;
  const who = inert(line.with);
  const names = [line.with, typedCurrency(currency)];
  const { theyMayOwe, youMayOwe, lockedIn, lockedOut } = line;
  const notes = [
    `${who}, in ${inert(currency.title)}${line.state === "open" ? "" : `: ${line.state}`}`,
    balanceWords(line),
    `They may owe you up to ${amount(theyMayOwe, currency)}: that is the most you can lose to them.`,
    `You may owe them up to ${amount(youMayOwe, currency)}. You can pay ${amount(line.canPay, currency)} now.`,
  ];
  if (Number(lockedOut) > 0) {
    notes.push(
      `${amount(lockedOut, currency)} of yours are on their way: they are paid, or free again, once ${who} answers. No time ends that; only ${who} can.`,
    );
  }
  if (Number(lockedIn) > 0) notes.push(`${amount(lockedIn, currency)} are on their way to you.`);
  if (line.waitsFor === "them")
    notes.push(`${who} has not answered yet. They see it when in reach.`);
  if (line.waitsFor === "you") {
    notes.push(
      `They offer it. Yes: ${typedCommand("line accept", names, "--limit <amount>")}. No: ${typedCommand("line close", names)}`,
    );
  }
  if (line.unconfirmed > 0) {
    notes.push(
      line.isInReach
        ? "They are in reach and are being told."
        : "They are told what is new when they are in reach, or by a letter (peernet carry); it counts already.",
    );
  }
  if (line.isHidden) {
    notes.push("It is hidden: others are not told of it, and nobody pays over it but you two.");
  }
  if (line.trouble !== null) notes.push(line.trouble);
  if (line.hasProof) notes.push("'peernet line proof' writes the proof, for anybody to check.");
  const lookalike = lookalikeWords(currency);
  if (lookalike !== "") notes.push(lookalike);
  return notes.join("\n");
}

const WHAT: Readonly<Record<StatementBody["entries"][number]["what"], string>> = {
  paid: "payment",
  taken: "payment that came through",
  locked: "payment on its way",
  "let-go": "payment that did not come through",
  limit: "limit set",
  closed: "closed",
};

/** A statement as a table. */
export function statementTable({ line, entries }: StatementBody): string {
  const head = ["WHEN", "BY", "WHAT", "AMOUNT", "BALANCE", ""];
  const rows = entries.map(({ atMs, by, what, amount: text, balance, memo }) => [
    new Date(atMs).toISOString().slice(0, 16).replace("T", " "),
    by === "you" ? "you" : inert(line.with),
    WHAT[what],
    text,
    balance,
    inert(memo),
  ]);
  return `${table([head, ...rows])}\n${balanceWords(line)}`;
}
