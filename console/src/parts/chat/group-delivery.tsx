import type { JSX } from "preact";
import type { GroupMessageBody } from "../../../../src/api/client/index.ts";
import { groupDeliveryWords } from "../../state/delivery.ts";
import { cleanName } from "../../state/format.ts";
import { resources, useResource } from "../../state/views.ts";
import { say } from "../../words/language.ts";
import { DeliveryLine } from "./delivery-line.tsx";

/** How far a message of ours to a group is; one tap tells who has it. */
export function GroupDelivery({ message }: { readonly message: GroupMessageBody }): JSX.Element {
  const isWaiting = message.state === "waiting" && message.memberCount > 0;
  return (
    <DeliveryLine isWaiting={isWaiting} words={groupDeliveryWords(message)} asksWhy={false}>
      <Who message={message} />
    </DeliveryLine>
  );
}

function Who({ message }: { readonly message: GroupMessageBody }): JSX.Element {
  const { chat } = say();
  const { state, deliveredTo, memberCount, groupId } = message;
  const chats = useResource(resources.chats).data ?? [];
  const unable = chats.find((one) => one.groupId === groupId)?.withoutKeys ?? [];
  const left = memberCount - deliveredTo.length;
  const lines = [
    state === "sent" ? chat.onlyOther : "",
    deliveredTo.length > 0 ? chat.openedBy(namesOf(deliveredTo)) : "",
    state === "waiting" && left > 0 ? chat.waitsForMember : "",
    state === "delivered" && left > 0 ? chat.notHeard(left) : "",
    state !== "sent" && left > 0 && unable.length > 0 ? chat.noKeys(namesOf(unable)) : "",
  ].filter((line) => line !== "");
  return (
    <span class="why-words" role="status">
      {lines.length === 0 ? groupDeliveryWords(message) : <bdi>{lines.join(" ")}</bdi>}
    </span>
  );
}

function namesOf(names: readonly string[]): string {
  return names.map((name) => cleanName(name)).join(", ");
}
