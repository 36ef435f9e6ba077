import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useAsk } from "../state/ask.ts";
import { knownPictures, pictureAddress } from "../state/pictures.ts";
import { resources, useResource } from "../state/views.ts";

/** The picture that a contact or member of a group shows, in the sign of their name; nothing for everybody else. */
export function Portrait({ person }: { readonly person: string }): JSX.Element | null {
  useResource(resources.contacts);
  const atMs = knownPictures.value.get(person);
  return atMs === undefined ? null : <PictureOf who={person} atMs={atMs} />;
}

/** A picture that is fetched once it comes into sight. */
export function PictureOf(props: { readonly who: string; readonly atMs: number }): JSX.Element {
  const { who, atMs } = props;
  const element = useRef<HTMLSpanElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const look = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
    });
    if (element.current !== null) look.observe(element.current);
    return () => look.disconnect();
  }, []);
  const { data } = useAsk(
    async () => (isSeen ? await pictureAddress(who, atMs) : undefined),
    [who, atMs, isSeen],
  );
  return (
    <span ref={element} class="portrait">
      {data === undefined ? null : <img src={data} alt="" decoding="async" />}
    </span>
  );
}
