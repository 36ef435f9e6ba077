import type { JSX } from "preact";
import { formatFragment, type ViewName } from "../state/fragment.ts";
import { place } from "../state/session.ts";
import { resources, unreadOf, useResource } from "../state/views.ts";
import { say } from "../words/language.ts";
import { Badge } from "./badge.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { Name } from "./name.tsx";

const ITEMS = [
  ["map", "map"],
  ["people", "people"],
  ["groups", "groups"],
  ["money", "money"],
  ["drive", "drive"],
  ["status", "status"],
  ["settings", "settings"],
] as const satisfies readonly (readonly [ViewName, IconName])[];

/** The way from view to view: a bar below on phones, at the side on wide screens. */
export function Navigation(): JSX.Element {
  const { data } = useResource(resources.status);
  const { common } = say();
  useResource(resources.chats);
  const { people, groups } = unreadOf();
  const lines = useResource(resources.lines).data?.lines ?? [];
  const offers = lines.filter(({ waitsFor }) => waitsFor === "you").length;
  const badges: Partial<Record<ViewName, readonly [number, string]>> = {
    people: [people, common.unread],
    groups: [groups, common.unread],
    money: [offers, say().money.waiting],
  };
  return (
    <nav class="navigation" aria-label={common.views.label}>
      <div class="brand">
        <img src="./icon.svg" alt="" width="32" height="32" />
        <span>
          <strong>Peernet</strong>
          <small>
            {data === undefined ? null : <Name of={data.name} fallback={say().status.thisPeer} />}
          </small>
        </span>
      </div>
      {ITEMS.map(([view, icon]) => {
        const [badge = 0, words = ""] = badges[view] ?? [];
        return (
          <a
            key={view}
            href={formatFragment(view)}
            aria-current={place.value.view === view ? "page" : undefined}
            data-view={view}
          >
            <Icon name={icon} />
            <span>{common.views[view]}</span>
            <Badge of={badge} words={words} />
          </a>
        );
      })}
    </nav>
  );
}
