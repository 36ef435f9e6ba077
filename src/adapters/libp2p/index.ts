export { AdapterError } from "../node/errors.ts";
export { type PeernetComponents, type PeernetOptions, peernet } from "./transport.ts";
