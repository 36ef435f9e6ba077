import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { ContactBody, RecoveryBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { attempt, notify } from "../../state/notices.ts";
import { resources, useResource } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { ConfirmDialog } from "../confirm-dialog.tsx";
import { Dialog } from "../dialog.tsx";
import { Name } from "../name.tsx";

/** Friends that may be chosen, as the peer has it. */
const FRIENDS_MAX = 16;

/** Friends who keep a part of this person's words. */
export function RecoveryFriends({ found }: { readonly found: RecoveryBody }): JSX.Element | null {
  const { recovery } = say();
  const [asking, setAsking] = useState<"choose" | "back" | undefined>(undefined);
  if (!found.holdsWords) return null;
  const close = (): void => setAsking(undefined);
  return (
    <section class="card form" aria-label={recovery.friends}>
      <h3>{recovery.friends}</h3>
      <p class="quiet">{recovery.friendsIntro}</p>
      <p>
        {found.need === 0
          ? recovery.friendsNone
          : recovery.friendsNow(found.need, found.friends.length)}
      </p>
      {found.need === 0 && found.isRestored ? <p>{recovery.friendsBefore}</p> : null}
      <ul class="lines">
        {found.friends.map(({ personId, contact, keepers }) => (
          <li key={personId} class="line">
            <Name of={contact} />
            <small class="quiet">{keepers > 0 ? recovery.hasShare : recovery.onItsWay}</small>
          </li>
        ))}
      </ul>
      <div class="buttons">
        <button type="button" onClick={() => setAsking("choose")}>
          {recovery.choose}
        </button>
        {found.need > 0 ? (
          <button type="button" onClick={() => setAsking("back")}>
            {recovery.takeBack}
          </button>
        ) : null}
      </div>
      {asking === "choose" ? <ChooseDialog found={found} onClose={close} /> : null}
      {asking === "back" ? (
        <ConfirmDialog
          title={recovery.takeBackTitle}
          action={recovery.takeBack}
          onConfirm={async () => {
            await api().devices.shareRecovery([], 0);
            await resources.recovery.refresh();
          }}
          onClose={close}
        >
          {recovery.takeBackText}
        </ConfirmDialog>
      ) : null}
    </section>
  );
}

function ChooseDialog(props: {
  readonly found: RecoveryBody;
  readonly onClose: () => void;
}): JSX.Element {
  const { recovery, common } = say();
  const contacts = useResource(resources.contacts).data ?? [];
  const met = contacts.filter(({ state, blocked }) => state === "met" && !blocked);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(
    () => new Set(props.found.friends.map(({ personId }) => personId)),
  );
  const [need, setNeed] = useState<number | undefined>(undefined);
  const friends = met.filter(({ personId }) => chosen.has(personId)).slice(0, FRIENDS_MAX);
  const most = friends.length;
  const wanted = Math.min(need ?? Math.floor(most / 2) + 1, most);
  const give = async (): Promise<void> => {
    const ids = friends.map(({ personId }) => personId);
    await api().devices.shareRecovery(ids, wanted);
    await resources.recovery.refresh();
    notify("good", recovery.given);
    props.onClose();
  };
  const toggle = ({ personId }: ContactBody): void => {
    const next = new Set(chosen);
    if (!next.delete(personId)) next.add(personId);
    setChosen(next);
  };
  const id = useId();
  return (
    <Dialog title={recovery.choose} onClose={props.onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(give);
        }}
      >
        {met.length === 0 ? <p>{recovery.nobody}</p> : <p>{recovery.chooseMany}</p>}
        <ul class="lines">
          {met.map((contact) => (
            <li key={contact.personId}>
              <label class="line">
                <input
                  type="checkbox"
                  checked={chosen.has(contact.personId)}
                  onChange={() => toggle(contact)}
                />
                <Name of={contact.petname} />
              </label>
            </li>
          ))}
        </ul>
        <label for={id}>{recovery.need}</label>
        <input
          id={id}
          type="number"
          min={1}
          max={Math.max(1, most)}
          value={wanted}
          onInput={(event) => setNeed(event.currentTarget.valueAsNumber || 1)}
        />
        {most < 2 ? <p class="quiet">{recovery.tooFew}</p> : null}
        <button type="submit" class="primary" disabled={most < 2}>
          {recovery.give}
        </button>
        <button type="button" onClick={props.onClose}>
          {common.cancel}
        </button>
      </form>
    </Dialog>
  );
}
