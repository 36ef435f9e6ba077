export type { ApiContext, WordsSwitch } from "./context.ts";
export { ApiError } from "./errors.ts";
export { EventHub } from "./event-hub.ts";
export { peerEvents } from "./peer-events.ts";
export { OPEN_API_PATH, routesOf } from "./routes/all.ts";
export { type ApiServer, startApiServer } from "./server.ts";
