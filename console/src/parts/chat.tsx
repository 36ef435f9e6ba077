import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { ContactBody, MessageBody } from "../../../src/api/client/index.ts";
import { chatError, conversations, openConversation, seen } from "../state/chat.ts";
import { aboutFragment, formatFragment } from "../state/fragment.ts";
import { reachOf } from "../views/people.tsx";
import { say } from "../words/language.ts";
import { Messages } from "./chat/messages.tsx";
import { Composer } from "./composer.tsx";
import { Icon } from "./icons.tsx";
import { Avatar, Name } from "./name.tsx";
import { Empty, Failed, Loading } from "./states.tsx";
import { Transfers } from "./transfers.tsx";

/** A conversation with one contact. */
export function Chat({ contact }: { readonly contact: ContactBody }): JSX.Element {
  const { personId } = contact;
  const { chat, common, people } = say();
  const messages = conversations.value.get(personId);
  useEffect(() => {
    void openConversation(personId);
  }, [personId]);
  useSeen(contact, messages ?? []);
  return (
    <section class="chat" aria-label={chat.conversation}>
      <header class="chat-head">
        <a
          class="button ghost icon-only back"
          href={formatFragment("people")}
          aria-label={common.back}
        >
          <Icon name="back" />
        </a>
        <Avatar of={contact.petname} online={contact.reachable} />
        <div class="grow">
          <h2>
            <Name of={contact.petname} />
          </h2>
          <small class="quiet">
            {reachOf(contact)}
            {contact.verified ? "" : ` · ${chat.unverified}`}
          </small>
        </div>
        <a class="button ghost icon-only" href={aboutFragment(personId)} aria-label={people.about}>
          <Icon name="info" />
        </a>
      </header>
      {messages === undefined ? (
        <Waiting personId={personId} />
      ) : messages.length === 0 ? (
        <div class="messages">
          <Empty icon="send" title={chat.sayHello}>
            {chat.sayHelloHint}
          </Empty>
        </div>
      ) : (
        <Messages conversation={personId} messages={messages} />
      )}
      <Transfers />
      <Composer key={personId} contact={contact} />
    </section>
  );
}

function Waiting({ personId }: { readonly personId: string }): JSX.Element {
  const error = chatError.value;
  if (error === undefined) return <Loading />;
  return <Failed error={error} retry={() => void openConversation(personId)} />;
}

/** Marks what a person looks at as read. */
function useSeen(contact: ContactBody, messages: readonly MessageBody[]): void {
  const last = messages.at(-1);
  const unread = contact.unreadCount > 0 || (last?.direction === "in" && last.state === "unread");
  useEffect(() => {
    if (!unread) return;
    const look = (): void => {
      if (!document.hidden) void seen(contact.personId).catch(() => undefined);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [unread, last?.id, contact.personId]);
}
