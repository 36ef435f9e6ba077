import type { JSX } from "preact";
import type { CommunityBody } from "../../../../src/api/client/index.ts";
import { communityTitle } from "../../state/community.ts";
import { troubleIn } from "../../state/community-reasons.ts";
import { cleanName } from "../../state/format.ts";
import { COMMUNITY_PARTS, type CommunityPart, communityFragment } from "../../state/fragment.ts";
import { lookalikeIn } from "../../state/money.ts";
import { place } from "../../state/session.ts";
import { say } from "../../words/language.ts";
import { Badge } from "../badge.tsx";
import { Icon } from "../icons.tsx";
import { AccountPart } from "./account-part.tsx";
import { MarketPart } from "./market-part.tsx";
import { MembersPart } from "./members-part.tsx";
import { RulesPart } from "./rules-part.tsx";
import { StewardsPart } from "./stewards-part.tsx";

const PARTS: Readonly<
  Record<CommunityPart, (props: { readonly body: CommunityBody }) => JSX.Element>
> = {
  account: AccountPart,
  market: MarketPart,
  members: MembersPart,
  rules: RulesPart,
  stewards: StewardsPart,
};

/** One community currency, part by part. */
export function CommunityPage({ body }: { readonly body: CommunityBody }): JSX.Element {
  const { common, community, money } = say();
  const open = COMMUNITY_PARTS.find((one) => one === place.value.part) ?? "account";
  const Part = PARTS[open];
  return (
    <section class="page" aria-label={communityTitle(body)}>
      <header class="page-head">
        <a class="button ghost icon-only back" href={communityFragment()} aria-label={common.back}>
          <Icon name="back" />
        </a>
        <div class="grow">
          <h2>
            <bdi class="name">{communityTitle(body)}</bdi>
          </h2>
          <small class="quiet">
            <bdi>{community.ofGroup(cleanName(body.group))}</bdi>
          </small>
        </div>
      </header>
      <Warnings body={body} />
      <nav class="tabs" aria-label={community.partsLabel}>
        {COMMUNITY_PARTS.map((part) => (
          <a
            key={part}
            class="button"
            href={communityFragment(body.id, part)}
            aria-current={part === open ? "page" : undefined}
          >
            {community.parts[part]}
            {part === "stewards" ? (
              <Badge of={body.applicants.length} words={money.waiting} />
            ) : null}
          </a>
        ))}
      </nav>
      <Part key={open} body={body} />
    </section>
  );
}

function Warnings({ body }: { readonly body: CommunityBody }): JSX.Element {
  const lookalike = body.currency === null ? undefined : lookalikeIn(body.currency);
  return (
    <>
      {[troubleIn(body), lookalike].map((text) =>
        text === null || text === undefined ? null : (
          <p key={text} class="bad" role="note">
            <bdi>{text}</bdi>
          </p>
        ),
      )}
    </>
  );
}
