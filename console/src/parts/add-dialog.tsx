import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { PETNAME_BYTES_MAX } from "../limits.ts";
import { api } from "../state/api.ts";
import { utf8Length } from "../state/format.ts";
import { notify } from "../state/notices.ts";
import { go } from "../state/session.ts";
import { resources } from "../state/views.ts";
import { say } from "../words/language.ts";
import { CodeReader } from "./code-reader.tsx";
import { Dialog } from "./dialog.tsx";
import { Form, FormError, useSubmission } from "./form.tsx";

/** What is wrong with the form before the peer is asked, in words. */
function objection(link: string, petname: string): string | undefined {
  const { people } = say();
  if (link === "") return people.pasteLink;
  if (link.startsWith("peernet:object/")) return people.fileLink;
  if (utf8Length(petname) > PETNAME_BYTES_MAX) return people.nameTooLong;
  return undefined;
}

/** Adds a contact from an invite link. */
export function AddDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const [link, setLink] = useState("");
  const [petname, setPetname] = useState("");
  const id = useId();
  const { people, common } = say();
  const name = petname.trim();
  const submission = useSubmission(
    async () => {
      const contact = await api().addContact(link.trim(), name === "" ? undefined : name);
      await resources.contacts.refresh();
      notify("good", people.added);
      onClose();
      go("people", contact.personId);
    },
    () => objection(link.trim(), name),
  );
  const { error, isRunning } = submission;
  return (
    <Dialog title={people.addTitle} onClose={onClose}>
      <Form submission={submission}>
        <label for={`${id}-link`}>{people.addLink}</label>
        <textarea
          id={`${id}-link`}
          rows={3}
          spellcheck={false}
          placeholder="peernet:invite/…"
          value={link}
          onInput={(event) => setLink(event.currentTarget.value)}
        />
        <CodeReader onCode={setLink} />
        <label for={`${id}-name`}>{people.addName}</label>
        <input
          id={`${id}-name`}
          type="text"
          autocomplete="off"
          placeholder={people.addExample}
          value={petname}
          onInput={(event) => setPetname(event.currentTarget.value)}
        />
        <FormError text={error} />
        <button type="submit" class="primary" disabled={isRunning}>
          {isRunning ? people.asking : common.add}
        </button>
      </Form>
    </Dialog>
  );
}
