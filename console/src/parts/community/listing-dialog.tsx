import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { CommunityBody } from "../../../../src/api/client/index.ts";
import { LISTING_DAYS_MAX, LISTING_TEXT_BYTES_MAX, LISTING_TITLE_BYTES_MAX } from "../../limits.ts";
import { textOf } from "../../state/amount.ts";
import { api } from "../../state/api.ts";
import { decimalsOf } from "../../state/community.ts";
import { utf8Length } from "../../state/format.ts";
import { nameIn } from "../../state/money.ts";
import { notify } from "../../state/notices.ts";
import { say } from "../../words/language.ts";
import { Dialog } from "../dialog.tsx";
import { Form, FormError, useSubmission } from "../form.tsx";
import { AmountField, useAmount } from "../money/fields.tsx";

const DAYS = 30;

/** Puts something into the directory. */
export function ListingDialog(props: {
  readonly body: CommunityBody;
  readonly kind: "offer" | "want";
  readonly onAdded: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { body, kind } = props;
  const { community, common, money } = say();
  const [title, setTitle] = useState("");
  const [text, setText] = useState("");
  const [days, setDays] = useState(DAYS);
  const price = useAmount({ decimals: decimalsOf(body) });
  const id = useId();
  const isPriced = price.typed.trim() !== "";
  const submission = useSubmission(
    async () => {
      await api().communities.addListing(body.id, {
        ...{ kind, title: title.trim(), days },
        ...(text.trim() === "" ? {} : { text: text.trim() }),
        ...(isPriced ? { price: textOf(price.units ?? 0n, decimalsOf(body)) } : {}),
      });
      notify("good", community.listed);
      props.onAdded();
      props.onClose();
    },
    () => wrong(title.trim(), text.trim()) ?? (isPriced ? price.fault : undefined),
  );
  const { error, isRunning } = submission;
  const unit = body.currency === null ? "" : money.units(nameIn(body.currency.unit));
  return (
    <Dialog
      title={kind === "offer" ? community.offerTitle : community.wantTitle}
      onClose={props.onClose}
    >
      <Form submission={submission}>
        <label for={`${id}-title`}>{community.listingTitle}</label>
        <input
          id={`${id}-title`}
          type="text"
          autocomplete="off"
          placeholder={community.listingExample}
          value={title}
          onInput={(event) => setTitle(event.currentTarget.value)}
        />
        <label for={`${id}-text`}>{community.listingText}</label>
        <textarea
          id={`${id}-text`}
          rows={3}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <AmountField label={community.listingPrice(unit)} input={price} error={undefined} />
        <label for={`${id}-days`}>{community.listingDays}</label>
        <input
          id={`${id}-days`}
          type="number"
          min={1}
          max={LISTING_DAYS_MAX}
          value={days}
          onInput={({ currentTarget: { valueAsNumber: many } }) => {
            if (Number.isInteger(many) && many >= 1 && many <= LISTING_DAYS_MAX) setDays(many);
          }}
        />
        <p class="quiet">{community.listingSeen}</p>
        <FormError text={error} />
        <button type="submit" class="primary" disabled={isRunning}>
          {isRunning ? common.loading : common.add}
        </button>
      </Form>
    </Dialog>
  );
}

/** Why it cannot stand in the directory so, in words. */
function wrong(title: string, text: string): string | undefined {
  const { community } = say();
  if (title === "") return community.listingNoTitle;
  if (utf8Length(title) > LISTING_TITLE_BYTES_MAX) {
    return community.listingTooLong(LISTING_TITLE_BYTES_MAX);
  }
  return utf8Length(text) > LISTING_TEXT_BYTES_MAX
    ? community.listingTooLong(LISTING_TEXT_BYTES_MAX)
    : undefined;
}
