import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { loadOlder } from "../../state/chat.ts";
import { replyTo } from "../../state/replying.ts";
import type { Letter } from "../../state/talk.ts";
import { say } from "../../words/language.ts";
import { Bubble } from "./bubble.tsx";
import { WindowList } from "./window-list.tsx";

/** The messages of a conversation, however many there are. */
export function Messages(props: {
  readonly conversation: string;
  readonly messages: readonly Letter[];
}): JSX.Element {
  const { conversation, messages } = props;
  const { chat } = say();
  const [isAtEnd, setAtEnd] = useState(true);
  const [goTo, setGoTo] = useState<{ readonly id: string } | undefined>(undefined);
  const [seenLast, setSeenLast] = useState(messages.at(-1)?.id);
  const byId = useMemo(() => new Map(messages.map((one) => [one.id, one])), [messages]);
  const last = messages.at(-1);
  const hasNew = !isAtEnd && last !== undefined && last.id !== seenLast;
  return (
    <div class="messages-frame">
      <WindowList
        items={messages}
        label={chat.messages}
        goTo={goTo}
        followsLast={({ direction, id }) => direction === "out" && id !== seenLast}
        onAtEnd={(next) => {
          setAtEnd(next);
          if (next) setSeenLast(last?.id);
        }}
        onNearTop={() => void loadOlder(conversation)}
        render={(message, before) => (
          <Bubble
            message={message}
            before={before}
            answered={message.replyTo === undefined ? undefined : byId.get(message.replyTo)}
            onReply={(one) => replyTo(conversation, one)}
            onGoTo={({ id }) => setGoTo({ id })}
          />
        )}
      />
      {hasNew ? (
        <button
          type="button"
          class="to-end"
          onClick={() => last !== undefined && setGoTo({ id: last.id })}
        >
          {chat.newMessages}
        </button>
      ) : null}
    </div>
  );
}
