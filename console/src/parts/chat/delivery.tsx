import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { MessageBody, WhyBody } from "../../../../src/api/client/index.ts";
import { api } from "../../state/api.ts";
import { deliveryWords } from "../../state/delivery.ts";
import { wordsOf } from "../../state/errors.ts";
import { cleanName } from "../../state/format.ts";
import { whyIn } from "../../state/told.ts";
import { say } from "../../words/language.ts";
import { DeliveryLine } from "./delivery-line.tsx";

/** How far a message of ours is; one tap tells why, and what can be done. */
export function Delivery({ message }: { readonly message: MessageBody }): JSX.Element {
  const isWaiting = message.state === "waiting";
  return (
    <DeliveryLine isWaiting={isWaiting} words={deliveryWords(message)} asksWhy={isWaiting}>
      <Why key={message.state} id={message.id} />
    </DeliveryLine>
  );
}

function Why({ id }: { readonly id: string }): JSX.Element {
  const [why, setWhy] = useState<WhyBody | string | undefined>(undefined);
  useEffect(() => {
    let isOver = false;
    api()
      .post.why(id)
      .then(
        (found) => {
          if (!isOver) setWhy(found);
        },
        (error: unknown) => {
          if (!isOver) setWhy(wordsOf(error));
        },
      );
    return () => {
      isOver = true;
    };
  }, [id]);
  if (why === undefined) return <span class="why-words">{say().common.loading}</span>;
  if (typeof why === "string") return <span class="why-words">{why}</span>;
  return (
    <span class="why-words" role="status">
      <bdi>{whyIn(why, Date.now())}</bdi>
      {why.devices.length < 2
        ? null
        : why.devices.map((device) => (
            <span key={device.peerId} class="why-device">
              <strong>{cleanName(device.name)}</strong>: <bdi>{whyIn(device, Date.now())}</bdi>
            </span>
          ))}
    </span>
  );
}
