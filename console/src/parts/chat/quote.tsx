import type { JSX } from "preact";
import type { MessageBody } from "../../../../src/api/client/index.ts";
import { cleanName } from "../../state/format.ts";
import { say } from "../../words/language.ts";

/** Characters of a message that is answered which are shown. */
const QUOTE_CHARS = 140;

/** What a message answers, in a line or two; a tap leads there. */
export function Quote(props: {
  readonly of: MessageBody | undefined;
  readonly onClick?: (() => void) | undefined;
}): JSX.Element {
  const { chat } = say();
  const { of, onClick } = props;
  if (of === undefined) return <span class="quote quiet">{chat.goneReply}</span>;
  const who = of.direction === "out" ? chat.yours : cleanName(of.contact);
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
