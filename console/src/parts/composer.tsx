import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { TEXT_BYTES_MAX } from "../limits.ts";
import { sendFiles, sendText } from "../state/chat.ts";
import { drafts } from "../state/drafts.ts";
import { cleanName, formatBytes, utf8Length } from "../state/format.ts";
import { attempt } from "../state/notices.ts";
import { replying, replyTo } from "../state/replying.ts";
import type { Letter } from "../state/talk.ts";
import { say } from "../words/language.ts";
import { Quote } from "./chat/quote.tsx";
import { Icon } from "./icons.tsx";

/** Where a message is written: Enter sends, Shift and Enter begin a new line. */
export function Composer(props: { readonly talk: string; readonly name: string }): JSX.Element {
  const { talk } = props;
  const [text, setText] = useState(() => drafts.get(talk) ?? "");
  const [sending, setSending] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const answered = replying.value.get(talk);
  const { chat } = say();
  const size = utf8Length(text);
  const tooLong = size > TEXT_BYTES_MAX;
  const change = (next: string): void => {
    setText(next);
    drafts.set(talk, next);
  };
  const send = async (): Promise<void> => {
    if (sending || tooLong || text.trim() === "") return;
    setSending(true);
    const more = answered === undefined ? {} : { replyTo: answered.id };
    if (await attempt(() => sendText(talk, text, more))) {
      change("");
      replyTo(talk, undefined);
    }
    setSending(false);
    box.current?.focus();
  };
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [text]);
  useEffect(() => {
    if (answered !== undefined) box.current?.focus();
  }, [answered]);
  return (
    <form
      class="composer"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        sendFiles(talk, [...(event.dataTransfer?.files ?? [])]);
      }}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {tooLong ? (
        <p class="bad" role="alert">
          {chat.tooLong(formatBytes(size), formatBytes(TEXT_BYTES_MAX))}
        </p>
      ) : null}
      {answered === undefined ? null : <Answering message={answered} talk={talk} />}
      <AttachButton onFiles={(files) => sendFiles(talk, files)} />
      <textarea
        ref={box}
        rows={1}
        dir="auto"
        aria-label={chat.messageTo(cleanName(props.name))}
        placeholder={chat.placeholder}
        value={text}
        onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          void send();
        }}
      />
      <button
        type="submit"
        class="primary icon-only"
        aria-label={chat.send}
        disabled={sending || tooLong || text.trim() === ""}
      >
        <Icon name="send" />
      </button>
    </form>
  );
}

function Answering(props: { readonly message: Letter; readonly talk: string }): JSX.Element {
  const { chat } = say();
  return (
    <div class="replying">
      <Quote of={props.message} />
      <button
        type="button"
        class="ghost icon-only"
        aria-label={chat.noReply}
        onClick={() => replyTo(props.talk, undefined)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

function AttachButton(props: { readonly onFiles: (files: readonly File[]) => void }): JSX.Element {
  const { chat } = say();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={({ currentTarget }) => {
          props.onFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
      <button
        type="button"
        class="ghost icon-only"
        aria-label={chat.attach}
        onClick={() => input.current?.click()}
      >
        <Icon name="clip" />
      </button>
    </>
  );
}
