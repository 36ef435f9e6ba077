import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { MessageFileBody } from "../../../../src/api/client/index.ts";
import { cleanName, formatBytes } from "../../state/format.ts";
import { getLink } from "../../state/transfers.ts";
import { say } from "../../words/language.ts";
import { Icon } from "../icons.tsx";
import { LookDialog } from "../look-dialog.tsx";

/** A file that a message tells of: it is looked at or taken only when somebody says so. */
export function MessageFile({ file }: { readonly file: MessageFileBody }): JSX.Element {
  const { chat } = say();
  const [isLooking, setLooking] = useState(false);
  const name = cleanName(file.name, chat.noFile);
  return (
    <span class="message-file">
      <Icon name="file" />
      <span class="grow">
        <bdi>{name}</bdi>
        <small class="quiet">{formatBytes(file.sizeBytes)}</small>
      </span>
      <button
        type="button"
        class="ghost icon-only"
        aria-label={chat.look}
        title={chat.look}
        onClick={() => setLooking(true)}
      >
        <Icon name="eye" />
      </button>
      <button
        type="button"
        class="ghost icon-only"
        aria-label={chat.download}
        title={chat.download}
        onClick={() => getLink(file.link, name)}
      >
        <Icon name="download" />
      </button>
      {isLooking ? (
        <LookDialog
          object={{ link: file.link, name, n: undefined }}
          onClose={() => setLooking(false)}
        />
      ) : null}
    </span>
  );
}
