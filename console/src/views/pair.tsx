import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { ApiClient } from "../../../src/api/client/index.ts";
import { LAN_NAME_BYTES_MAX } from "../limits.ts";
import { Form, FormError, useSubmission } from "../parts/form.tsx";
import { clipBytes } from "../state/format.ts";
import { keepToken } from "../state/session.ts";
import { say } from "../words/language.ts";

/** What somebody sees who has scanned the code that pairs a browser. */
export function PairView({ code }: { readonly code: string }): JSX.Element {
  const { lan } = say();
  const [name, setName] = useState(lan.usualName(deviceWord()));
  const id = useId();
  const submission = useSubmission(async () => {
    const peer = new ApiClient({ url: location.origin, token: "" });
    keepToken((await peer.lan.pair(code, clipBytes(name.trim(), LAN_NAME_BYTES_MAX))).token);
  });
  const { error, isRunning } = submission;
  return (
    <main class="locked">
      <img src="./icon.svg" alt="" width="64" height="64" />
      <h1>{lan.pairTitle}</h1>
      <p>{lan.pairText}</p>
      <Form submission={submission}>
        <label for={`${id}-name`}>{lan.pairName}</label>
        <input
          id={`${id}-name`}
          type="text"
          autocomplete="off"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <FormError text={error} />
        <button type="submit" class="primary" disabled={isRunning}>
          {lan.pairAction}
        </button>
      </Form>
      <p class="quiet">{lan.pairWarning}</p>
    </main>
  );
}

/** What kind of device this is, as far as the browser says so. */
function deviceWord(): string {
  // Android says that it is Linux, too.
  const kinds = ["Android", "iPhone", "iPad", "Windows", "Macintosh", "CrOS", "Linux"];
  return kinds.find((kind) => navigator.userAgent.includes(kind)) ?? "";
}
