import type { JSX } from "preact";
import { formatTime } from "../../state/format.ts";
import { isInGroup, type Letter } from "../../state/talk.ts";
import { language, say } from "../../words/language.ts";
import { Icon } from "../icons.tsx";
import { Avatar, Name } from "../name.tsx";
import { Delivery } from "./delivery.tsx";
import { GroupDelivery } from "./group-delivery.tsx";
import { MessageFile } from "./message-file.tsx";
import { Quote } from "./quote.tsx";

/** One message, with the day above the first one of each. */
export function Bubble(props: {
  readonly message: Letter;
  readonly before: Letter | undefined;
  /** The message that it answers, where that is loaded. */
  readonly answered: Letter | undefined;
  readonly onReply: (message: Letter) => void;
  readonly onGoTo: (message: Letter) => void;
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
        <Author of={message} before={isNewDay ? undefined : before} />
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
          <HowFar message={message} />
        </span>
      </div>
    </>
  );
}

/** Who wrote it, in a group, unless that stands above the message before it. */
function Author(props: {
  readonly of: Letter;
  readonly before: Letter | undefined;
}): JSX.Element | null {
  const { of, before } = props;
  if (!isInGroup(of) || of.direction === "out") return null;
  if (before !== undefined && isInGroup(before) && before.authorId === of.authorId) return null;
  return (
    <strong class="author">
      <Avatar of={of.author} online={false} person={of.authorId} />
      <Name of={of.author} />
    </strong>
  );
}

function HowFar({ message }: { readonly message: Letter }): JSX.Element | null {
  if (message.direction !== "out") return null;
  return isInGroup(message) ? <GroupDelivery message={message} /> : <Delivery message={message} />;
}

/** The browser's own order of day and month where it speaks the page's language. */
function dayLanguage(): string {
  const wanted = language.value;
  return navigator.languages.find((one) => one.startsWith(wanted)) ?? wanted;
}
