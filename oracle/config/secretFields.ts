import type { ConfigNode } from "./configNode.ts";
import type { Field, JsonSchema } from "./field.ts";
import { Secret } from "./secret.ts";

const REFERENCE = /\$\{([^}]*)(\}?)/g;
const WHOLE_REFERENCE = /^\$\{[A-Za-z_]\w*\}$/;

/** The text with its variables put in; undefined after a problem was reported. */
function replaceReferences(node: ConfigNode, template: string): string | undefined {
  const { env } = node.document.context;
  const missing: string[] = [];
  const value = template.replace(REFERENCE, (_reference, name: string, brace: string) => {
    const found = Object.hasOwn(env, name) ? env[name] : undefined;
    if (brace !== "" && /^[A-Za-z_]\w*$/.test(name)) {
      if (found !== undefined && found !== "") return found;
      node.report(
        `${node.path} is the environment variable ${name}, which is ${found === "" ? "empty" : "not set"}.`,
        `Set ${name} where the oracle is started.`,
      );
    } else {
      node.report(
        `${node.path} holds a variable that is not complete.`,
        "Write ${NAME}, its name in letters, digits and _.",
      );
    }
    missing.push(name);
    return "";
  });
  return missing.length === 0 ? value : undefined;
}

/** Whether a value is left as it stands: its variables belong to the daemon, and who asks needs none of them. */
function isLeft({ document }: ConfigNode, template: string): boolean {
  if (document.context.leavesSecrets !== true) return false;
  const references = template.match(REFERENCE) ?? [];
  return references.length > 0 && references.every((reference) => WHOLE_REFERENCE.test(reference));
}

/** Whether the file itself holds a secret that others may read. */
function isExposed(node: ConfigNode): boolean {
  return (node.document.context.mode & 0o077) !== 0;
}

function reportExposed(node: ConfigNode, what: string): undefined {
  const name = `SEALWATT_${node.path.replace(/([a-z])([A-Z])/g, "$1_$2").replace(/\W+/g, "_")}`
    .replace(/_$/, "")
    .toUpperCase();
  const mode = node.document.context.mode.toString(8).padStart(4, "0");
  node.report(
    `${node.path} ${what} in clear, in a file that others may read (mode ${mode}).`,
    `Write \${${name}} for it and set that variable, or chmod 600 the file.`,
  );
}

/**
 * A password or code. No message shows it.
 * @param pattern of its value
 */
export function secret(expected: string, pattern = /^[^\p{Cc}]+$/u): Field<Secret> {
  const schema: JsonSchema = {
    type: "string",
    minLength: 1,
  };
  return {
    expected: `${expected}, or \${NAME} for an environment variable`,
    schema,
    read(node) {
      const template = node.scalar?.text;
      if (template === undefined) {
        node.report(`${node.path} is ${node.kind}.`, `Give ${this.expected}.`);
        return;
      }
      if (isLeft(node, template)) return Secret.left();
      const value = replaceReferences(node, template);
      if (value === undefined) return undefined;
      if (template.replace(REFERENCE, "") !== "" && isExposed(node)) {
        reportExposed(node, "stands");
        return;
      }
      if (pattern.test(value)) return new Secret(value);
      node.report(`${node.path} is not ${expected}; it is not shown.`, `Give ${expected}.`);
    },
  };
}

/** Long runs with digits are keys of an account; names are not like that. */
const TOKEN = /(?=[\w-]*\d)[\w-]{16,}/;
const SECRET_PARAMETER = /[?&][^=&]*(key|token|secret|pass|auth)[^=&]*=[^&]/i;

/** Whether a URL without its variables holds a password or a token. */
function holdsSecret(template: string): boolean {
  const [, user = "", rest = ""] =
    /^[^:]*:\/\/(?:([^/?#]*)@)?[^/?#@]*(.*)$/s.exec(template.replace(REFERENCE, "")) ?? [];
  return /:./.test(user) || TOKEN.test(user) || TOKEN.test(rest) || SECRET_PARAMETER.test(rest);
}

/** Scheme, host and port: of the value if one variable is all, else as the file has them. */
function shownUrl(template: string, { protocol, host }: URL): string {
  if (WHOLE_REFERENCE.test(template)) return `${protocol}//${host}`;
  const [, scheme, authority] = /^([a-z]+:\/\/)(?:[^/?#]*@)?([^/?#]*)/i.exec(template) ?? [];
  return scheme === undefined ? "(URL)" : `${scheme}${authority ?? ""}`;
}

/**
 * A URL, which may hold a password or token: messages show scheme, host and port alone.
 * @param schemes with their colon
 */
export function secretUrl(...schemes: readonly string[]): Field<Secret> {
  const begins = schemes
    .map((scheme) => `${scheme}//`)
    .join(", ")
    .replace(/, ([^,]*)$/, " or $1");
  const expected = `a URL that begins with ${begins}`;
  return {
    expected,
    schema: { type: "string", pattern: `^(${schemes.map((s) => `${s}//`).join("|")}|.*\\$\\{)` },
    read(node) {
      const template = node.scalar?.text;
      if (template === undefined) {
        node.report(`${node.path} is ${node.kind}.`, `Give ${expected}.`);
        return;
      }
      if (isLeft(node, template)) return Secret.left();
      const value = replaceReferences(node, template);
      if (value === undefined) return undefined;
      if (holdsSecret(template) && isExposed(node)) {
        reportExposed(node, "holds a password or token");
        return;
      }
      const url = URL.canParse(value) && !/\s/.test(value) ? new URL(value) : undefined;
      if (url === undefined || !schemes.includes(url.protocol) || url.hostname === "") {
        node.report(
          `${node.path} is no ${expected.slice(2)}; it is not shown.`,
          `Give ${expected}.`,
        );
        return;
      }
      // A / in a password ends the host: the rest of the password would be taken for the path.
      if (`${url.pathname}${url.search}${url.hash}`.includes("@")) {
        node.report(
          `${node.path} has an @ behind its host; it is not shown.`,
          "Write / ? # and @ in user name and password as %2F %3F %23 and %40.",
        );
        return;
      }
      return new Secret(value, shownUrl(template, url));
    },
  };
}
