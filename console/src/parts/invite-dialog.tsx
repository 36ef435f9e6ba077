import type { JSX } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import type { InviteBody } from "../../../src/api/client/index.ts";
import { api } from "../state/api.ts";
import { wordsOf } from "../state/errors.ts";
import { formatTime } from "../state/format.ts";
import { say } from "../words/language.ts";
import { Dialog } from "./dialog.tsx";
import { LinkCard } from "./link-card.tsx";
import { Failed, Loading } from "./states.tsx";

/** Makes an invite and shows it as a code and as a link. */
export function InviteDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const [invite, setInvite] = useState<InviteBody | undefined>(undefined);
  const [error, setError] = useState<string | undefined>(undefined);
  const make = useCallback((): void => {
    setError(undefined);
    api()
      .createInvite()
      .then(setInvite, (cause: unknown) => setError(wordsOf(cause)));
  }, []);
  useEffect(make, [make]);
  const { people, common } = say();
  return (
    <Dialog title={people.inviteTitle} onClose={onClose}>
      {error === undefined ? null : <Failed error={error} retry={make} />}
      {invite === undefined && error === undefined ? <Loading /> : null}
      {invite === undefined ? null : (
        <LinkCard
          link={invite.link}
          code={invite.link.toUpperCase()}
          qrLabel={people.inviteQr}
          linkLabel={people.inviteLink}
        >
          <p>{people.inviteText}</p>
          <p class="quiet">{common.goodUntil(formatTime(invite.expiresAtMs, Date.now()))}</p>
        </LinkCard>
      )}
    </Dialog>
  );
}
