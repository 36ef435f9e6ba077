import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { chatError, conversations, openConversation, seen } from "../../state/chat.ts";
import type { Letter } from "../../state/talk.ts";
import { say } from "../../words/language.ts";
import { Composer } from "../composer.tsx";
import { Empty, Failed, Loading } from "../states.tsx";
import { Transfers } from "../transfers.tsx";
import { Messages } from "./messages.tsx";

/** What a conversation is shown with. */
interface ConversationProps {
  /** See state/talk.ts. */
  readonly talk: string;
  /** With whom, for the field in which one writes. */
  readonly name: string;
  readonly unread: number;
  /** What stands where nothing was written yet. */
  readonly empty: { readonly title: string; readonly hint: string };
}

/** The messages of a conversation, and the place where one writes. */
export function Conversation(props: ConversationProps): JSX.Element {
  const { talk, empty } = props;
  const messages = conversations.value.get(talk);
  useEffect(() => {
    void openConversation(talk);
  }, [talk]);
  useSeen(props, messages?.at(-1));
  return (
    <>
      {messages === undefined ? (
        <Waiting talk={talk} />
      ) : messages.length === 0 ? (
        <div class="messages" role="log" aria-label={say().chat.messages}>
          <Empty icon="send" title={empty.title}>
            {empty.hint}
          </Empty>
        </div>
      ) : (
        <Messages conversation={talk} messages={messages} />
      )}
      <Transfers />
      <Composer key={talk} talk={talk} name={props.name} />
    </>
  );
}

function Waiting({ talk }: { readonly talk: string }): JSX.Element {
  const error = chatError.value;
  if (error === undefined) return <Loading />;
  return <Failed error={error} retry={() => void openConversation(talk)} />;
}

/** Marks what a person looks at as read. */
function useSeen(props: ConversationProps, last: Letter | undefined): void {
  const { talk } = props;
  const unread = props.unread > 0 || (last?.direction === "in" && last.state === "unread");
  useEffect(() => {
    if (!unread) return;
    const look = (): void => {
      if (!document.hidden) void seen(talk).catch(() => undefined);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [unread, last?.id, talk]);
}
