import type { JSX } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import type { InviteBody } from "../../../src/api/client/index.ts";
import { api } from "../state/api.ts";
import { wordsOf } from "../state/errors.ts";
import { formatTime } from "../state/format.ts";
import { CopyButton } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";
import { QrCode } from "./qr.tsx";
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
  return (
    <Dialog title="Invite somebody" onClose={onClose}>
      {error === undefined ? null : <Failed error={error} retry={make} />}
      {invite === undefined && error === undefined ? <Loading /> : null}
      {invite === undefined ? null : (
        <div class="invite">
          <QrCode text={invite.link} label="The invite as a QR code" />
          <div class="invite-words">
            <p>
              Let them scan this, or send them the link. Whoever has it can become your contact.
            </p>
            <textarea
              readOnly
              rows={3}
              aria-label="Invite link"
              value={invite.link}
              onFocus={(event) => event.currentTarget.select()}
            />
            <CopyButton text={invite.link} what="the link" label="Copy the link" />
            <p class="quiet">Good until {formatTime(invite.expiresAtMs, Date.now())}.</p>
          </div>
        </div>
      )}
    </Dialog>
  );
}
