import type { JSX } from "preact";
import type { ContactBody } from "../../../src/api/client/index.ts";
import { aboutFragment, formatFragment } from "../state/fragment.ts";
import { reachOf } from "../views/people.tsx";
import { say } from "../words/language.ts";
import { Conversation } from "./chat/conversation.tsx";
import { Icon } from "./icons.tsx";
import { Avatar, Name } from "./name.tsx";

/** A conversation with one contact. */
export function Chat({ contact }: { readonly contact: ContactBody }): JSX.Element {
  const { personId } = contact;
  const { chat, common, people } = say();
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
        <Avatar of={contact.petname} online={contact.reachable} person={contact.personId} />
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
      <Conversation
        talk={personId}
        name={contact.petname}
        unread={contact.unreadCount}
        empty={{ title: chat.sayHello, hint: chat.sayHelloHint }}
      />
    </section>
  );
}
