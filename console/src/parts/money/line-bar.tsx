import type { JSX } from "preact";
import type { LineBody } from "../../../../src/api/client/index.ts";
import { balanceIn, lineUnits, pictureOf, type Stretch, sumIn } from "../../state/money.ts";
import { say } from "../../words/language.ts";

/** A line as a picture: what is owed and what may be, both ways from the middle. */
export function LineBar({ line }: { readonly line: LineBody }): JSX.Element {
  const { money } = say();
  const balance = lineUnits(line, "balance");
  const { zero, owed, lockedIn, lockedOut } = pictureOf(line);
  const label = money.picture(
    balanceIn(line, balance),
    sumIn(line.theyMayOwe, line.currency),
    sumIn(line.youMayOwe, line.currency),
  );
  return (
    <svg
      class={`bar line-bar ${balance < 0n ? "owing" : "owed"}`}
      viewBox="0 0 100 1"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <rect class="yours" width={zero} height="1" />
      <rect class="theirs" x={zero} width={100 - zero} height="1" />
      <Part of={owed} kind="debt" />
      <Part of={lockedOut} kind="locked" />
      <Part of={lockedIn} kind="locked" />
      <rect class="notch" x={Math.min(99.2, Math.max(0, zero - 0.4))} width="0.8" height="1" />
    </svg>
  );
}

function Part(props: { readonly of: Stretch; readonly kind: string }): JSX.Element | null {
  const { from, to } = props.of;
  if (from === to) return null;
  return <rect class={props.kind} x={from} width={to - from} height="1" />;
}

/** The picture with its limits in words below. */
export function LinePicture({ line }: { readonly line: LineBody }): JSX.Element {
  const { money } = say();
  return (
    <figure class="line-picture">
      <LineBar line={line} />
      <figcaption>
        <span>
          <small class="quiet">{money.youMayOwe}</small>
          <bdi>{money.upTo(sumIn(line.youMayOwe, line.currency))}</bdi>
        </span>
        <span>
          <small class="quiet">{money.theyMayOwe}</small>
          <bdi>{money.upTo(sumIn(line.theyMayOwe, line.currency))}</bdi>
        </span>
      </figcaption>
    </figure>
  );
}
