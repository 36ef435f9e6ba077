import type { JSX } from "preact";
import type { ContactDetailBody } from "../../../../src/api/client/index.ts";
import { formatTime } from "../../state/format.ts";
import { say } from "../../words/language.ts";
import { Icon } from "../icons.tsx";

/** Whether keys were compared, and the way to do it. */
export function Verification(props: {
  readonly contact: ContactDetailBody;
  readonly onVerify: () => void;
}): JSX.Element {
  const { verified } = props.contact;
  const { people } = say();
  return (
    <section class="card form" aria-label={people.verification}>
      <h3>{people.verification}</h3>
      {verified === null ? (
        <p>{people.notVerified}</p>
      ) : (
        <p class="good">
          <Icon name="ok" /> {people.verified(formatTime(verified.atMs, Date.now()), verified.how)}
        </p>
      )}
      <button type="button" class={verified === null ? "primary" : ""} onClick={props.onVerify}>
        {verified === null ? people.verify : people.verifyAgain}
      </button>
    </section>
  );
}
