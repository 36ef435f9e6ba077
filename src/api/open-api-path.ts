/** The path of the API's own page, which needs no token. */
export const OPEN_API_PATH = "/v1/openapi.json";
