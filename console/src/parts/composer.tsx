import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ContactBody } from "../../../src/api/client/index.ts";
import { TEXT_BYTES_MAX } from "../limits.ts";
import { sendText } from "../state/chat.ts";
import { cleanName, formatBytes, utf8Length } from "../state/format.ts";
import { attempt } from "../state/notices.ts";
import { Icon } from "./icons.tsx";

/** Texts begun and not sent, by person, as long as the page is open. */
const drafts = new Map<string, string>();

/** Where a message is written: Enter sends, Shift and Enter begin a new line. */
export function Composer({ contact }: { readonly contact: ContactBody }): JSX.Element {
  const { personId } = contact;
  const [text, setText] = useState(() => drafts.get(personId) ?? "");
  const [sending, setSending] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const size = utf8Length(text);
  const tooLong = size > TEXT_BYTES_MAX;
  const change = (next: string): void => {
    setText(next);
    drafts.set(personId, next);
  };
  const send = async (): Promise<void> => {
    if (sending || tooLong || text.trim() === "") return;
    setSending(true);
    if (await attempt(() => sendText(personId, text))) change("");
    setSending(false);
    box.current?.focus();
  };
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [text]);
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {tooLong ? (
        <p class="bad" role="alert">
          {formatBytes(size)} is too long for one message ({formatBytes(TEXT_BYTES_MAX)} at most).
          Put it on the drive and send the link.
        </p>
      ) : null}
      <textarea
        ref={box}
        rows={1}
        dir="auto"
        aria-label={`Message to ${cleanName(contact.petname)}`}
        placeholder="Message"
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
        aria-label="Send"
        disabled={sending || tooLong || text.trim() === ""}
      >
        <Icon name="send" />
      </button>
    </form>
  );
}
