import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type {
  CommunityBody,
  CommunityListingBody,
  CommunityListingsBody,
} from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { type Asked, useAsk } from "../../state/ask.ts";
import { amountIn, findListings, whoIn } from "../../state/community.ts";
import { communityNews } from "../../state/community-news.ts";
import { cleanName, formatTime } from "../../state/format.ts";
import { formatFragment } from "../../state/fragment.ts";
import { attempt, notify } from "../../state/notices.ts";
import { resources, useResource } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { AskedFor } from "../asked.tsx";
import { FoundList } from "../found-list.tsx";
import { Icon } from "../icons.tsx";
import { Choice } from "../money/fields.tsx";
import { Empty } from "../states.tsx";
import { ListingDialog } from "./listing-dialog.tsx";
import { PayDialog } from "./pay-dialog.tsx";

/** Longest text of an offer that is shown, in characters: more than the peer lets through. */
const TEXT_CHARS_MAX = 600;

/** What members offer and want: to search, to add to, to answer. */
export function MarketPart({ body }: { readonly body: CommunityBody }): JSX.Element {
  const { community } = say();
  const [adding, setAdding] = useState<"offer" | "want" | undefined>(undefined);
  const asked = useAsk(() => api().communities.listings(body.id), [body.id, communityNews.value]);
  return (
    <>
      {body.isFounded ? (
        <div class="buttons">
          <button type="button" class="primary" onClick={() => setAdding("offer")}>
            <Icon name="plus" /> {community.offer}
          </button>
          <button type="button" onClick={() => setAdding("want")}>
            <Icon name="plus" /> {community.want}
          </button>
        </div>
      ) : null}
      <AskedFor of={asked}>
        {(found) => <Directory body={body} found={found} asked={asked} />}
      </AskedFor>
      {adding === undefined ? null : (
        <ListingDialog
          body={body}
          kind={adding}
          onAdded={asked.retry}
          onClose={() => setAdding(undefined)}
        />
      )}
    </>
  );
}

function Directory(props: {
  readonly body: CommunityBody;
  readonly found: CommunityListingsBody;
  readonly asked: Asked<CommunityListingsBody>;
}): JSX.Element {
  const { body, found, asked } = props;
  const { community } = say();
  const [kind, setKind] = useState<CommunityListingBody["kind"] | "all">("all");
  if (found.listings.length === 0) {
    return (
      <Empty icon="groups" title={community.listingsNone}>
        {community.listingsNoneHint}
      </Empty>
    );
  }
  return (
    <section class="card form" aria-label={community.parts.market}>
      <FoundList
        label={community.find}
        placeholder={community.findExample}
        none={community.findNone}
        above={
          <Choice
            label={community.kindLabel}
            options={(["all", "offer", "want"] as const).map((one) => [one, community.kinds[one]])}
            value={kind}
            onValue={(id) => setKind(id === "offer" || id === "want" ? id : "all")}
          />
        }
        find={(query) => findListings(found.listings, query, kind)}
        row={(listing) => (
          <Listing key={listing.id} body={body} listing={listing} onChanged={asked.retry} />
        )}
      />
    </section>
  );
}

function Listing(props: {
  readonly body: CommunityBody;
  readonly listing: CommunityListingBody;
  readonly onChanged: () => void;
}): JSX.Element {
  const { body, listing } = props;
  const { community } = say();
  const { kind, price, title, text } = listing;
  const name = whoIn(listing.by, body);
  const who = listing.isYours
    ? community[kind === "offer" ? "youOffer" : "youWant"]
    : community[kind === "offer" ? "offers" : "wants"](name);
  return (
    <li class="line">
      <span class="grow">
        <strong>
          <bdi>{cleanName(title)}</bdi>
        </strong>
        {text === "" ? null : <bdi>{cleanName(text, "", TEXT_CHARS_MAX)}</bdi>}
        <small class="quiet">
          <bdi>{who}</bdi>
          {price === null ? null : <bdi> · {amountIn(price, body)}</bdi>} ·{" "}
          {community.until(formatTime(listing.untilMs, Date.now()))}
        </small>
      </span>
      <span class="buttons">
        {listing.isYours ? <Withdraw {...props} /> : <Answer body={body} listing={listing} />}
      </span>
    </li>
  );
}

function Withdraw(props: {
  readonly body: CommunityBody;
  readonly listing: CommunityListingBody;
  readonly onChanged: () => void;
}): JSX.Element {
  const { community } = say();
  const withdraw = async (): Promise<void> => {
    await api().communities.withdraw(props.body.id, props.listing.id);
    notify("good", community.withdrawn);
    props.onChanged();
  };
  return (
    <button type="button" onClick={() => void attempt(withdraw)}>
      {community.withdraw}
    </button>
  );
}

/** Writing to whoever offers or wants something, and paying for it. */
function Answer(props: {
  readonly body: CommunityBody;
  readonly listing: CommunityListingBody;
}): JSX.Element {
  const { body, listing } = props;
  const { community } = say();
  const { person } = listing.by;
  const [isPaying, setPaying] = useState(false);
  const contacts = useResource(resources.contacts).data ?? [];
  const isMet = contacts.some((one) => one.personId === person && one.state === "met");
  return (
    <>
      {isMet ? (
        <a class="button" href={formatFragment("people", person)}>
          {community.talk}
        </a>
      ) : null}
      {listing.kind === "offer" && body.you !== null && body.order === null ? (
        <button type="button" onClick={() => setPaying(true)}>
          {community.pay}
        </button>
      ) : null}
      {isPaying ? (
        <PayDialog
          body={body}
          to={person}
          amount={listing.price ?? ""}
          onClose={() => setPaying(false)}
        />
      ) : null}
    </>
  );
}
