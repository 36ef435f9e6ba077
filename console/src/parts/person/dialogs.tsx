import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { ContactDetailBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { cleanName } from "../../state/format.ts";
import { attempt, notify } from "../../state/notices.ts";
import { resources, useResource } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { ConfirmDialog } from "../confirm-dialog.tsx";
import { Dialog } from "../dialog.tsx";
import { NameDialog } from "../name-dialog.tsx";
import { VerifyDialog } from "./verify-dialog.tsx";

/** What is being asked about a contact. */
export type Asking = "rename" | "verify" | "introduce" | "remove";

/** The dialogs of the page about a contact. */
export function AboutDialogs(props: {
  readonly contact: ContactDetailBody;
  readonly asking: Asking | undefined;
  readonly onChange: (next: ContactDetailBody) => void;
  readonly onRenamed: () => void;
  readonly onRemoved: () => void;
  readonly onClose: () => void;
}): JSX.Element | null {
  const { contact, asking, onChange, onClose } = props;
  const { people, common } = say();
  switch (asking) {
    case undefined:
      return null;
    case "rename":
      return (
        <NameDialog
          title={people.renameTitle}
          label={people.renameLabel}
          action={common.save}
          value={contact.petname}
          onName={async (name) => {
            await api().renameContact(contact.personId, name);
            await resources.contacts.refresh();
            props.onRenamed();
          }}
          onClose={onClose}
        />
      );
    case "verify":
      return <VerifyDialog contact={contact} onChange={onChange} onClose={onClose} />;
    case "introduce":
      return <IntroduceDialog contact={contact} onClose={onClose} />;
    case "remove":
      return (
        <ConfirmDialog
          title={people.removeTitle(cleanName(contact.petname))}
          action={people.remove}
          onConfirm={async () => {
            await api().people.remove(contact.personId);
            props.onRemoved();
            await resources.contacts.refresh();
            notify("good", people.removed);
          }}
          onClose={onClose}
        >
          {people.removeText}
        </ConfirmDialog>
      );
  }
}

function IntroduceDialog(props: {
  readonly contact: ContactDetailBody;
  readonly onClose: () => void;
}): JSX.Element {
  const { contact, onClose } = props;
  const { people } = say();
  const contacts = useResource(resources.contacts).data ?? [];
  const others = contacts.filter(
    ({ personId, state, blocked }) => personId !== contact.personId && state === "met" && !blocked,
  );
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const [text, setText] = useState("");
  const id = useId();
  const other = chosen ?? others[0]?.personId;
  const introduce = async (): Promise<void> => {
    if (other === undefined) return;
    const word = text.trim();
    await api().people.introduce(contact.personId, other, word === "" ? undefined : word);
    resources.requests.invalidate();
    notify("good", people.introduced);
    onClose();
  };
  return (
    <Dialog title={people.introduceTitle(cleanName(contact.petname))} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(introduce);
        }}
      >
        <label for={`${id}-other`}>{people.introduceTo}</label>
        <select
          id={`${id}-other`}
          value={other}
          onChange={(event) => setChosen(event.currentTarget.value)}
        >
          {others.map(({ personId, petname }) => (
            <option key={personId} value={personId}>
              {cleanName(petname)}
            </option>
          ))}
        </select>
        {others.length === 0 ? <p class="quiet">{people.nobodyElse}</p> : null}
        <label for={`${id}-text`}>{people.introduceText}</label>
        <input
          id={`${id}-text`}
          type="text"
          maxLength={300}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={other === undefined}>
          {people.introduce}
        </button>
      </form>
    </Dialog>
  );
}
