import { HttpRequestError } from "./httpRequestError.ts";
import type { HttpRoute } from "./httpRoute.ts";

export interface FoundRoute {
  route: HttpRoute;
  params: Record<string, string>;
}

/** Finds the route of a path and a method. */
export class RouteTable {
  readonly #routes: readonly { route: HttpRoute; parts: readonly string[] }[];

  constructor(routes: readonly HttpRoute[]) {
    this.#routes = routes.map((route) => ({ route, parts: route.path.split("/") }));
  }

  /** @throws HttpRequestError */
  find(method: string, path: string): FoundRoute {
    const found = this.#routes.flatMap(({ route, parts }) => {
      const params = match(parts, path.split("/"));
      return params === undefined ? [] : [{ route, params }];
    });
    if (found.length === 0) {
      const paths = new Set(this.#routes.map(({ route }) => route.path));
      throw new HttpRequestError(
        404,
        `There is no ${JSON.stringify(path)} here.`,
        `Ask for ${[...paths].join(", ")}.`,
      );
    }
    const taken = found.find(({ route }) => methodsOf(route).includes(method));
    if (taken !== undefined) return taken;
    const allow = found.flatMap(({ route }) => methodsOf(route)).join(", ");
    throw new HttpRequestError(405, `${path} takes no ${method}.`, `Use ${allow}.`, { allow });
  }
}

const methodsOf = ({ method }: HttpRoute) => (method === "GET" ? ["GET", "HEAD"] : [method]);

function match(
  parts: readonly string[],
  asked: readonly string[],
): Record<string, string> | undefined {
  if (parts.length !== asked.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const given = asked[index]!;
    if (!part.startsWith(":")) {
      if (part !== given) return undefined;
    } else if (given === "") return undefined;
    else params[part.slice(1)] = given;
  }
  return params;
}
