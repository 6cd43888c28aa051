import { SIGNATURE_HEADER } from "../../sdk/private/wire/signedRequest.ts";

/** Lets pages of every origin ask. No cookie is looked at: a page can do nothing that another program could not. */
export const OPEN_HEADERS: Readonly<Record<string, string>> = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": `${SIGNATURE_HEADER}, retry-after`,
};

/** What a browser is told that asks first whether it may. */
export const PREFLIGHT_HEADERS: Readonly<Record<string, string>> = {
  ...OPEN_HEADERS,
  "access-control-allow-methods": "GET, POST",
  "access-control-allow-headers": `content-type, ${SIGNATURE_HEADER}`,
  "access-control-max-age": "86400",
};
