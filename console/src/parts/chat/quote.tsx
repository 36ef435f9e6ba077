import type { JSX } from "preact";
import { cleanName } from "../../state/format.ts";
import { authorOf, type Letter } from "../../state/talk.ts";
import { say } from "../../words/language.ts";

/** Characters of a message that is answered which are shown. */
const QUOTE_CHARS = 140;

/** What a message answers, in a line or two; a tap leads there. */
export function Quote(props: {
  readonly of: Letter | undefined;
  readonly onClick?: (() => void) | undefined;
}): JSX.Element {
  const { chat } = say();
  const { of, onClick } = props;
  if (of === undefined) return <span class="quote quiet">{chat.goneReply}</span>;
  const who = of.direction === "out" ? chat.yours : cleanName(authorOf(of));
  const text = of.text === "" ? cleanName(of.file?.name ?? "", chat.noFile) : of.text;
  const inside = (
    <>
      <strong>{who}</strong>
      <bdi>{text.slice(0, QUOTE_CHARS)}</bdi>
    </>
  );
  if (onClick === undefined) return <span class="quote">{inside}</span>;
  return (
    <button type="button" class="quote" onClick={onClick}>
      {inside}
    </button>
  );
}
