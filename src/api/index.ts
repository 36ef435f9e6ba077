export type { ApiContext, WordsSwitch } from "./context.ts";
export { ApiError } from "./errors.ts";
export { EventHub } from "./event-hub.ts";
export { LanConsole } from "./lan/lan.ts";
export { OPEN_API_PATH } from "./open-api-path.ts";
export { peerEvents } from "./peer-events.ts";
export { routesOf } from "./routes/all.ts";
export { type ApiServer, type ApiServerOptions, startApiServer } from "./server.ts";
