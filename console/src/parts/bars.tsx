import type { JSX } from "preact";
import type { ObjectBody } from "../../../src/api/client/index.ts";
import { healthLevel, healthShares } from "../state/health.ts";
import { say } from "../words/language.ts";

/** How far something is, 0 … 1; undefined where nobody knows. */
export function ProgressBar(props: {
  readonly share: number | undefined;
  readonly label: string;
}): JSX.Element {
  const share = props.share === undefined ? undefined : Math.min(1, Math.max(0, props.share));
  return (
    <progress
      aria-label={props.label}
      {...(share === undefined ? {} : { value: share.toFixed(3) })}
      max="1"
    />
  );
}

/** How full something is, 0 … 1. */
export function FillBar(props: { readonly share: number; readonly label: string }): JSX.Element {
  const share = Number.isFinite(props.share) ? Math.min(1, Math.max(0, props.share)) : 0;
  return (
    <svg
      class="bar"
      viewBox="0 0 100 1"
      preserveAspectRatio="none"
      role="img"
      aria-label={props.label}
    >
      <rect class="track" width="100" height="1" />
      <rect class="here" width={share * 100} height="1" />
    </svg>
  );
}

/** Fragments here, elsewhere and missing; a notch for each layer, below which it cannot be read. */
export function HealthBar({ object }: { readonly object: ObjectBody }): JSX.Element {
  const { here, elsewhere, thresholds } = healthShares(object);
  const { alive } = object.health;
  const label = say().drive.fragments(alive, object.n, object.k);
  return (
    <svg
      class={`bar health ${healthLevel(object)}`}
      viewBox="0 0 100 1"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <rect class="track" width="100" height="1" />
      <rect class="here" width={here * 100} height="1" />
      <rect class="elsewhere" x={here * 100} width={elsewhere * 100} height="1" />
      {thresholds.map((at) => (
        <rect key={at} class="notch" x={Math.max(0, at * 100 - 0.4)} width="0.8" height="1" />
      ))}
    </svg>
  );
}
