import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ContactBody, MessageBody, MessageFileBody } from "../../../src/api/client/index.ts";
import { chatError, conversations, openConversation, seen, whyOf } from "../state/chat.ts";
import { deliveryWords } from "../state/delivery.ts";
import { wordsOf } from "../state/errors.ts";
import { cleanName, formatBytes, formatTime } from "../state/format.ts";
import { aboutFragment, formatFragment } from "../state/fragment.ts";
import { reachOf } from "../views/people.tsx";
import { say } from "../words/language.ts";
import { Composer } from "./composer.tsx";
import { Icon } from "./icons.tsx";
import { Avatar, Name } from "./name.tsx";
import { Empty, Failed, Loading } from "./states.tsx";

/** How near to the bottom counts as being there, in pixels. */
const NEAR = 48;

/** A conversation with one contact. */
export function Chat({ contact }: { readonly contact: ContactBody }): JSX.Element {
  const { personId } = contact;
  const messages = conversations.value.get(personId);
  useEffect(() => {
    void openConversation(personId);
  }, [personId]);
  return (
    <section class="chat" aria-label="Conversation">
      <header class="chat-head">
        <a class="button ghost icon-only back" href={formatFragment("people")} aria-label="Back">
          <Icon name="back" />
        </a>
        <Avatar of={contact.petname} online={contact.reachable} />
        <div class="grow">
          <h2>
            <Name of={contact.petname} />
          </h2>
          <small class="quiet">
            {reachOf(contact)}
            {contact.verified ? "" : ` · ${say().chat.unverified}`}
          </small>
        </div>
        <a
          class="button ghost icon-only"
          href={aboutFragment(personId)}
          aria-label={say().people.about}
        >
          <Icon name="info" />
        </a>
      </header>
      {messages === undefined ? (
        <Waiting personId={personId} />
      ) : (
        <Messages contact={contact} messages={messages} />
      )}
      <Composer key={personId} contact={contact} />
    </section>
  );
}

function Waiting({ personId }: { readonly personId: string }): JSX.Element {
  const error = chatError.value;
  if (error === undefined) return <Loading />;
  return <Failed error={error} retry={() => void openConversation(personId)} />;
}

function Messages(props: {
  readonly contact: ContactBody;
  readonly messages: readonly MessageBody[];
}): JSX.Element {
  const { contact, messages } = props;
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [more, setMore] = useState(false);
  const toEnd = (): void => {
    box.current?.scrollTo({ top: box.current.scrollHeight });
    setMore(false);
  };
  const last = messages.at(-1);
  useLayoutEffect(() => {
    if (atEnd.current || last?.direction === "out") toEnd();
    else setMore(true);
  }, [last?.id]);
  useKeepAtEnd(box, atEnd, toEnd);
  useSeen(contact, messages);
  if (messages.length === 0) {
    return (
      <div class="messages">
        <Empty icon="send" title="Say hello">
          Sealed for the two of you; it waits here until they are in reach.
        </Empty>
      </div>
    );
  }
  return (
    <div class="messages-frame">
      <div
        ref={box}
        class="messages"
        role="log"
        aria-label="Messages"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled with the keyboard
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR;
          if (atEnd.current) setMore(false);
        }}
      >
        {messages.map((message, index) => (
          <Bubble key={message.id} message={message} before={messages[index - 1]} />
        ))}
      </div>
      {more ? (
        <button type="button" class="to-end" onClick={toEnd}>
          New messages
        </button>
      ) : null}
    </div>
  );
}

function Bubble(props: {
  readonly message: MessageBody;
  readonly before: MessageBody | undefined;
}): JSX.Element {
  const { message, before } = props;
  const day = new Date(message.sentAtMs).toDateString();
  const newDay = before === undefined || new Date(before.sentAtMs).toDateString() !== day;
  return (
    <>
      {newDay ? (
        <p class="day">
          {new Date(message.sentAtMs).toLocaleDateString(undefined, { dateStyle: "medium" })}
        </p>
      ) : null}
      <div class={`bubble ${message.direction}`} data-state={message.state}>
        {message.file === undefined ? null : <FileLine file={message.file} />}
        <bdi class="text">{message.text}</bdi>
        <span class="meta">
          {formatTime(message.sentAtMs, message.sentAtMs)}
          {message.direction === "out" ? <Delivery message={message} /> : null}
        </span>
      </div>
    </>
  );
}

function FileLine({ file }: { readonly file: MessageFileBody }): JSX.Element {
  return (
    <span class="text">
      <strong>
        <bdi>{cleanName(file.name, "unnamed file")}</bdi>
      </strong>{" "}
      ({formatBytes(file.sizeBytes)})
    </span>
  );
}

function Delivery({ message }: { readonly message: MessageBody }): JSX.Element {
  const [why, setWhy] = useState<string | undefined>(undefined);
  const isWaiting = message.state === "waiting";
  const ask = (): void => {
    void whyOf(message.id).then(setWhy, (error: unknown) => setWhy(wordsOf(error)));
  };
  return (
    <span class="delivery">
      <Icon name={isWaiting ? "clock" : "check"} />
      {deliveryWords(message)}
      {isWaiting ? (
        <button type="button" class="ghost why" onClick={ask}>
          Why?
        </button>
      ) : null}
      {why === undefined || !isWaiting ? null : (
        <span class="why-words" role="status">
          {why}
        </span>
      )}
    </span>
  );
}

/** Keeps the newest message in sight when the room changes, as when a keyboard opens. */
function useKeepAtEnd(
  box: { readonly current: HTMLDivElement | null },
  atEnd: { readonly current: boolean },
  toEnd: () => void,
): void {
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) toEnd();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
}

/** Marks what a person looks at as read. */
function useSeen(contact: ContactBody, messages: readonly MessageBody[]): void {
  const unread =
    contact.unreadCount > 0 ||
    messages.some(({ direction, state }) => direction === "in" && state === "unread");
  const last = messages.at(-1)?.id;
  useEffect(() => {
    if (!unread) return;
    const look = (): void => {
      if (!document.hidden) void seen(contact.personId).catch(() => undefined);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [unread, last, contact.personId]);
}
