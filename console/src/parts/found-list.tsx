import type { ComponentChildren, JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { STATEMENT_ROWS } from "../limits.ts";
import { say } from "../words/language.ts";

/** A list with a field to find something in it; only so many rows are drawn until somebody asks for more. */
export function FoundList<T>(props: {
  readonly label: string;
  readonly placeholder: string;
  /** What is said where nothing is found. */
  readonly none: string;
  readonly find: (query: string) => readonly T[];
  readonly row: (one: T, at: number) => JSX.Element;
  /** What else is to be chosen, above the list. */
  readonly above?: ComponentChildren;
  /** Buttons below the list. */
  readonly children?: ComponentChildren;
}): JSX.Element {
  const { money } = say();
  const [query, setQuery] = useState("");
  const [rows, setRows] = useState(STATEMENT_ROWS);
  const id = useId();
  const found = props.find(query);
  return (
    <>
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type="text"
        autocomplete="off"
        placeholder={props.placeholder}
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      {props.above}
      {found.length === 0 ? <p class="quiet">{props.none}</p> : null}
      <ul class="lines">{found.slice(0, rows).map(props.row)}</ul>
      <p class="quiet" role="status">
        {money.shownOf(Math.min(rows, found.length), found.length)}
      </p>
      <div class="buttons">
        {rows < found.length ? (
          <button type="button" onClick={() => setRows(rows + STATEMENT_ROWS)}>
            {money.more}
          </button>
        ) : null}
        {props.children}
      </div>
    </>
  );
}
