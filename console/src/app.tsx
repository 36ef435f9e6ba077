import type { JSX } from "preact";
import { Navigation } from "./parts/nav.tsx";
import { Banner, Notices } from "./parts/notices.tsx";
import { standing } from "./state/connection.ts";
import type { ViewName } from "./state/fragment.ts";
import { place, token } from "./state/session.ts";
import { DriveView } from "./views/drive.tsx";
import { LockedView } from "./views/locked.tsx";
import { MapView } from "./views/map.tsx";
import { PeopleView } from "./views/people.tsx";
import { StatusView } from "./views/status.tsx";

const VIEWS: Readonly<Record<ViewName, () => JSX.Element>> = {
  map: MapView,
  people: PeopleView,
  drive: DriveView,
  status: StatusView,
};

/** The whole page. */
export function App(): JSX.Element {
  if (token.value === undefined) return <LockedView reason="missing" />;
  if (standing.value === "refused") return <LockedView reason="wrong" />;
  const View = VIEWS[place.value.view];
  return (
    <div class="shell">
      <Navigation />
      <main>
        <Banner />
        <View />
      </main>
      <Notices />
    </div>
  );
}
