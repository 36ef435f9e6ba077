import type { JSX } from "preact";
import { formatFragment, type ViewName } from "../state/fragment.ts";
import { place } from "../state/session.ts";
import { resources, useResource } from "../state/views.ts";
import { say } from "../words/language.ts";
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
  const unread = data?.unreadCount ?? 0;
  const lines = useResource(resources.lines).data?.lines ?? [];
  const offers = lines.filter(({ waitsFor }) => waitsFor === "you").length;
  const badges: Partial<Record<ViewName, readonly [number, string]>> = {
    people: [unread, common.unread],
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
            {badge === 0 ? null : (
              <b class="badge">
                {badge > 99 ? "99+" : badge}
                <span class="unseen"> {words}</span>
              </b>
            )}
          </a>
        );
      })}
    </nav>
  );
}
