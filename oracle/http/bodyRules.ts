import { FRAME_CONTENT_TYPE } from "../../sdk/private/wire/frame.ts";
import type { HttpBodyRules } from "./httpRoute.ts";

/** A body that is a frame. */
export function frameBody(what: string, mostBytes: number): HttpBodyRules {
  return { contentType: FRAME_CONTENT_TYPE, what, mostBytes };
}

/** A body that is JSON. */
export function jsonBody(what: string, mostBytes: number): HttpBodyRules {
  return { contentType: "application/json", what, mostBytes };
}
