import type { JSX } from "preact";
import { Navigation } from "./parts/nav.tsx";
import { Banner, Notices } from "./parts/notices.tsx";
import { standing } from "./state/connection.ts";
import type { ViewName } from "./state/fragment.ts";
import { pairCode, place, token } from "./state/session.ts";
import { DriveView } from "./views/drive.tsx";
import { GroupsView } from "./views/groups.tsx";
import { LockedView } from "./views/locked.tsx";
import { MapView } from "./views/map.tsx";
import { MoneyView } from "./views/money.tsx";
import { PairView } from "./views/pair.tsx";
import { PeopleView } from "./views/people.tsx";
import { SettingsView } from "./views/settings.tsx";
import { StatusView } from "./views/status.tsx";
import { WelcomeView } from "./views/welcome.tsx";
import { say } from "./words/language.ts";

const VIEWS: Readonly<Record<ViewName, () => JSX.Element>> = {
  map: MapView,
  people: PeopleView,
  groups: GroupsView,
  money: MoneyView,
  drive: DriveView,
  status: StatusView,
  settings: SettingsView,
  welcome: WelcomeView,
};

/** The whole page. */
export function App(): JSX.Element {
  if (pairCode.value !== undefined) return <PairView code={pairCode.value} />;
  if (token.value === undefined) return <LockedView reason="missing" />;
  if (standing.value === "refused") return <LockedView reason="wrong" />;
  const View = VIEWS[place.value.view];
  return (
    <div class="shell">
      <button
        type="button"
        class="skip"
        onClick={() => document.querySelector<HTMLElement>("main")?.focus()}
      >
        {say().common.views.skip}
      </button>
      <Navigation />
      <main tabIndex={-1}>
        <Banner />
        <View />
      </main>
      <Notices />
    </div>
  );
}
