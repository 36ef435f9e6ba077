import type { JSX } from "preact";
import type { MessageBody } from "../../../../src/api/client/index.ts";
import { formatTime } from "../../state/format.ts";
import { language, say } from "../../words/language.ts";
import { Icon } from "../icons.tsx";
import { Delivery } from "./delivery.tsx";
import { MessageFile } from "./message-file.tsx";
import { Quote } from "./quote.tsx";

/** One message, with the day above the first one of each. */
export function Bubble(props: {
  readonly message: MessageBody;
  readonly before: MessageBody | undefined;
  /** The message that it answers, where that is loaded. */
  readonly answered: MessageBody | undefined;
  readonly onReply: (message: MessageBody) => void;
  readonly onGoTo: (message: MessageBody) => void;
}): JSX.Element {
  const { message, before, answered } = props;
  const { chat } = say();
  const at = new Date(message.sentAtMs);
  const isNewDay =
    before === undefined || new Date(before.sentAtMs).toDateString() !== at.toDateString();
  return (
    <>
      {isNewDay ? (
        <p class="day">{at.toLocaleDateString(dayLanguage(), { dateStyle: "medium" })}</p>
      ) : null}
      <div class={`bubble ${message.direction}`} data-state={message.state}>
        {message.replyTo === undefined ? null : (
          <Quote
            of={answered}
            onClick={answered === undefined ? undefined : () => props.onGoTo(answered)}
          />
        )}
        {message.file === undefined ? null : <MessageFile file={message.file} />}
        <bdi class="text">{message.text}</bdi>
        <span class="meta">
          <button
            type="button"
            class="ghost reply"
            aria-label={chat.reply}
            title={chat.reply}
            onClick={() => props.onReply(message)}
          >
            <Icon name="reply" />
          </button>
          {formatTime(message.sentAtMs, message.sentAtMs)}
          {message.direction === "out" ? <Delivery message={message} /> : null}
        </span>
      </div>
    </>
  );
}

/** The browser's own order of day and month where it speaks the page's language. */
function dayLanguage(): string {
  const wanted = language.value;
  return navigator.languages.find((one) => one.startsWith(wanted)) ?? wanted;
}
