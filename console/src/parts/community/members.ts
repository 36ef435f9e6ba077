import type { CommunityBody, CommunityPersonBody } from "../../../../src/api/client/index.ts";
import { whoIn } from "../../state/community.ts";
import { resources, useResource } from "../../state/views.ts";

/** Members of a group, as the peer calls them; none while they are not known. */
export function useMembers(group: string | null | undefined): readonly CommunityPersonBody[] {
  const groups = useResource(resources.groups).data?.groups ?? [];
  return groups.find(({ id }) => id === group)?.members ?? [];
}

/** People to choose from. */
export function peopleOptions(
  people: readonly CommunityPersonBody[],
  body: Pick<CommunityBody, "id">,
): readonly (readonly [string, string])[] {
  return people.map((one) => [one.person, whoIn(one, body)]);
}
