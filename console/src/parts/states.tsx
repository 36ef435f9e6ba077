import type { ComponentChildren, JSX } from "preact";
import type { Resource } from "../state/resource.ts";
import { useResource } from "../state/views.ts";
import { say } from "../words/language.ts";
import { Icon, type IconName } from "./icons.tsx";

/** What is on its way. */
export function Loading(): JSX.Element {
  return (
    <div class="loading" role="status">
      <span class="dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      <span class="quiet">{say().common.loading}</span>
    </div>
  );
}

/** Nothing there yet, and what to do about it. */
export function Empty(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="empty">
      <Icon name={props.icon} />
      <h2>{props.title}</h2>
      <div class="quiet">{props.children}</div>
    </div>
  );
}

/** What went wrong, and another try. */
export function Failed(props: { readonly error: string; readonly retry: () => void }): JSX.Element {
  return (
    <div class="empty bad" role="alert">
      <Icon name="problem" />
      <h2>{say().common.loadFailed}</h2>
      <p class="quiet">{props.error}</p>
      <button type="button" onClick={props.retry}>
        {say().common.tryAgain}
      </button>
    </div>
  );
}

/** Shows a resource in whichever state it is; with data in hand, errors stay in the banner. */
export function Load<T>(props: {
  readonly from: Resource<T>;
  readonly children: (data: T) => ComponentChildren;
}): JSX.Element {
  const { data, error } = useResource(props.from);
  if (data !== undefined) return <>{props.children(data)}</>;
  if (error === undefined) return <Loading />;
  return <Failed error={error} retry={() => void props.from.refresh()} />;
}
