import type { ApiContext } from "../context.ts";
import { OPEN_API_PATH } from "../open-api-path.ts";
import { openApiOf } from "../openapi.ts";
import { type Route, route } from "../route.ts";
import { chatRoutes } from "./chats.ts";
import { communityRoutes } from "./communities.ts";
import { contactRoutes } from "./contact.ts";
import { deviceRoutes } from "./devices.ts";
import { exportRoute } from "./export.ts";
import { folderRoutes } from "./folders.ts";
import { accessRoutes, doorRoutes } from "./gateway.ts";
import { groupRoutes } from "./groups.ts";
import { keepingRoutes } from "./keeping.ts";
import { lanRoutes } from "./lan.ts";
import { logRoutes } from "./logs.ts";
import { meshRoutes } from "./mesh.ts";
import { moneyRoutes } from "./money.ts";
import { mountRoutes } from "./mounts.ts";
import { objectRoutes } from "./objects.ts";
import { paymentRoutes } from "./payments.ts";
import { peerRoutes } from "./peer.ts";
import { contactsRoutes, messageRoutes } from "./people.ts";
import { pictureRoutes } from "./pictures.ts";
import { postRoutes } from "./post.ts";
import { clearingRoutes, rateRoutes } from "./rates.ts";
import { recoveryRoutes } from "./recovery.ts";
import { strangerRoutes } from "./strangers.ts";
import { streamRoutes } from "./streams.ts";
import { uplinkRoutes } from "./uplink.ts";
import { wayRoutes } from "./ways.ts";

/** The whole API of a peer. */
export function routesOf(context: ApiContext): readonly Route[] {
  const answering = [
    ...peerRoutes(context),
    ...meshRoutes(context),
    ...contactsRoutes(context),
    ...contactRoutes(context),
    ...pictureRoutes(context),
    ...strangerRoutes(context),
    ...messageRoutes(context),
    ...chatRoutes(context),
    ...deviceRoutes(context),
    ...recoveryRoutes(context),
    ...postRoutes(context),
    ...objectRoutes(context),
    ...mountRoutes(context),
    ...folderRoutes(context),
    ...groupRoutes(context),
    ...moneyRoutes(context),
    ...paymentRoutes(context),
    ...wayRoutes(context),
    ...communityRoutes(context),
    ...rateRoutes(context),
    ...clearingRoutes(context),
    ...keepingRoutes(context),
    ...accessRoutes(context),
    ...doorRoutes(context),
    ...uplinkRoutes(context),
    ...streamRoutes(context),
    ...lanRoutes(context),
    ...logRoutes(context),
  ];
  const routes = [...answering, exportRoute(context, answering)];
  const page = openApiOf(routes, context.version);
  const openApi = route({
    method: "GET",
    path: OPEN_API_PATH,
    summary: "This API for machines",
    answers: "OpenAPI 3.1",
    handle: () => ({ status: 200, json: page }),
  });
  return [...routes, openApi];
}
