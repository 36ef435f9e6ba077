import type { JSX } from "preact";
import { formatFragment, VIEWS, type ViewName } from "../state/fragment.ts";
import { place } from "../state/session.ts";
import { resources, useResource } from "../state/views.ts";
import { Icon, type IconName } from "./icons.tsx";
import { Name } from "./name.tsx";

const TITLES: Readonly<Record<ViewName, readonly [IconName, string]>> = {
  map: ["map", "Around me"],
  people: ["people", "People"],
  drive: ["drive", "Drive"],
  status: ["status", "Status"],
};

/** The way from view to view: a bar below on phones, at the side on wide screens. */
export function Navigation(): JSX.Element {
  const { data } = useResource(resources.status);
  const unread = data?.unreadCount ?? 0;
  return (
    <nav class="navigation" aria-label="Views">
      <div class="brand">
        <img src="./icon.svg" alt="" width="32" height="32" />
        <span>
          <strong>Peernet</strong>
          <small>{data === undefined ? null : <Name of={data.name} fallback="this peer" />}</small>
        </span>
      </div>
      {VIEWS.map((view) => {
        const [icon, title] = TITLES[view];
        const badge = view === "people" && unread > 0 ? unread : undefined;
        return (
          <a
            key={view}
            href={formatFragment(view)}
            aria-current={place.value.view === view ? "page" : undefined}
            data-view={view}
          >
            <Icon name={icon} />
            <span>{title}</span>
            {badge === undefined ? null : (
              <b class="badge">
                {badge > 99 ? "99+" : badge}
                <span class="unseen"> unread</span>
              </b>
            )}
          </a>
        );
      })}
    </nav>
  );
}
