import type { ServerResponse } from "node:http";
import { pictureLimits } from "../../contacts/index.ts";
import { foreignPortrait, MediaError, portrait } from "../../media/index.ts";
import type { Peer } from "../../peer/index.ts";
import { readBytes } from "../body.ts";
import type { ApiContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import { PICTURE_FILE_BYTES_MAX, REQUEST_TIMEOUT_MS } from "../limits.ts";
import { type Route, route } from "../route.ts";
import { ask, settleDone } from "../wait.ts";

const { PICTURE_BYTES_MAX } = pictureLimits;

/** Shows a picture of the own person from now on, or none. */
async function show(context: ApiContext, jpeg: Uint8Array | undefined): Promise<void> {
  await ask<void>((resolve, reject) => {
    context.peer.pictures.set(jpeg, settleDone(resolve, reject));
    context.poke();
  });
}

/** Made anew from its pixels, so that nothing else of the file leaves. @throws ApiError("bad-request") */
function madeSmall(make: () => Uint8Array): Uint8Array {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof MediaError)) throw cause;
    throw new ApiError(
      "bad-request",
      `This picture cannot be used: ${cause.message} Take a JPEG, PNG, GIF, BMP or WebP.`,
      { cause },
    );
  }
}

/** The person meant: this one by "me", a member of a group by their id, else a contact. @throws ContactsError */
function personIn(peer: Peer, who: string): string {
  if (who === "me") return peer.identity.person.personId;
  return peer.groups.roster.isFellow(who) ? who : peer.contacts.resolve(who).personId;
}

async function send(
  context: ApiContext,
  who: string,
  response: ServerResponse,
): Promise<undefined> {
  const { peer } = context;
  const person = personIn(peer, who);
  const found = await ask<{ readonly jpeg: Uint8Array | undefined }>((resolve, reject) => {
    peer.pictures.read(person, (error, jpeg) => {
      if (error === null) resolve({ jpeg });
      else reject(error);
    });
    context.poke();
  });
  if (found.jpeg === undefined) throw new ApiError("not-found", "They show no picture.");
  const { jpeg } = found;
  // What came from others is made anew as well: no browser decodes bytes of theirs.
  const bytes = madeSmall(() => foreignPortrait(jpeg, PICTURE_BYTES_MAX));
  response.writeHead(200, {
    "content-type": "image/jpeg",
    "content-length": bytes.length,
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  });
  response.end(bytes);
  return undefined;
}

/** Routes about pictures that people show of themselves. */
export function pictureRoutes(context: ApiContext): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/v1/pictures/{who}",
      summary:
        "The picture that a contact, a member of a group of yours (by their id) or you ('me') show: a small JPEG",
      answers: "bytes",
      handle: ({ path, response }) => send(context, path["who"] ?? "", response),
    }),
    route({
      method: "PUT",
      path: "/v1/pictures/me",
      summary:
        "Show contacts and members of your groups this picture of yourself: JPEG, PNG, GIF, BMP or WebP; made small here",
      answers: "nothing",
      handle: async ({ request }) => {
        const file = await readBytes(request, REQUEST_TIMEOUT_MS, PICTURE_FILE_BYTES_MAX);
        await show(
          context,
          madeSmall(() => portrait(file, PICTURE_BYTES_MAX)),
        );
        return { status: 204 };
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/pictures/me",
      summary: "Show no picture of yourself any more",
      answers: "nothing",
      handle: async () => {
        await show(context, undefined);
        return { status: 204 };
      },
    }),
  ];
}
