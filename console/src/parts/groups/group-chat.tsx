import type { JSX } from "preact";
import type { GroupBody } from "../../../../src/api/client/index.ts";
import { aboutGroupFragment, groupFragment } from "../../state/fragment.ts";
import { groupTalk } from "../../state/talk.ts";
import { resources, useResource } from "../../state/views.ts";
import { standingOf, titleOf } from "../../views/groups.tsx";
import { say } from "../../words/language.ts";
import { Conversation } from "../chat/conversation.tsx";
import { Icon } from "../icons.tsx";
import { Avatar, Name } from "../name.tsx";

/** What the members of a group write to each other. */
export function GroupChat({ group }: { readonly group: GroupBody }): JSX.Element {
  const { groups, common, chat } = say();
  const title = titleOf(group);
  const found = useResource(resources.chats).data?.find(({ groupId }) => groupId === group.id);
  return (
    <section class="chat" aria-label={chat.conversation}>
      <header class="chat-head">
        <a class="button ghost icon-only back" href={groupFragment()} aria-label={common.back}>
          <Icon name="back" />
        </a>
        <Avatar of={title} online={group.partners.length > 0} />
        <div class="grow">
          <h2>
            <Name of={title} />
          </h2>
          <small class="quiet">{standingOf(group)}</small>
        </div>
        <a
          class="button ghost icon-only"
          href={aboutGroupFragment(group.id)}
          aria-label={groups.about}
        >
          <Icon name="info" />
        </a>
      </header>
      <Conversation
        talk={groupTalk(group.id)}
        name={title}
        unread={found?.unread ?? 0}
        empty={{
          title: chat.groupHello,
          hint: group.members.length > 1 ? chat.groupHelloHint : chat.groupAlone,
        }}
      />
    </section>
  );
}
