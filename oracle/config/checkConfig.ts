import { BlockList, isIPv4, isIPv6 } from "node:net";
import type { ConfigNode } from "./configNode.ts";
import type { Draft } from "./field.ts";
import type { LineChecks } from "./checkLines.ts";
import type { ConfigFile } from "./shape.ts";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Whether only this machine reaches a host. */
function isLoopback(host: string): boolean {
  if (isIPv4(host)) return loopback.check(host, "ipv4");
  return isIPv6(host) ? loopback.check(host, "ipv6") : host.toLowerCase() === "localhost";
}

/** Reports what is right by itself and wrong beside other keys. */
export function checkConfig(file: Draft<ConfigFile>, root: ConfigNode, lines: LineChecks): void {
  checkMarket(file.market, root);
  checkKey(root.child("key"));
  checkHttp(file, root);
  checkMqtt(root.child("mqtt"));
  checkOperators(file.operators ?? [], root);
  for (const [index, line] of (file.lines ?? []).entries()) {
    if (line !== undefined) lines.check(line, root.at("lines", index));
  }
  checkRelay(file, root);
}

function checkMarket(market: Draft<ConfigFile>["market"], root: ConfigNode): void {
  if (market?.address === undefined || market.address !== market.registry) return;
  const node = root.at("market", "registry");
  node.report(
    `${node.path} is the same address as the market's.`,
    "Copy the registry's address from the address book.",
  );
}

function checkKey(node: ConfigNode): void {
  if (node.entries === undefined) return;
  const [keystore, password, file] = ["keystore", "password", "file"].map((key) => node.child(key));
  if (keystore!.isGiven === file!.isGiven) {
    node.report(
      keystore!.isGiven
        ? "key has both a keystore and a file."
        : "key has neither a keystore nor a file.",
      "Give keystore and password, or file.",
    );
  } else if (keystore!.isGiven && !password!.isGiven) {
    password!.report(
      "key.password is missing.",
      "Give the password of the keystore as ${NAME} from an environment variable.",
    );
  } else if (file!.isGiven && password!.isGiven) {
    password!.report("key.password belongs to a keystore, not to a file.", "Remove it.");
  }
}

function checkHttp({ http, operators }: Draft<ConfigFile>, root: ConfigNode): void {
  if (http?.host === undefined || isLoopback(http.host) || operators?.length !== 0) return;
  const node = root.at("http", "host");
  node.report(
    `${node.path} is ${http.host}, which others reach, and there are no operators.`,
    "Add operators, or listen at 127.0.0.1.",
  );
}

function checkMqtt(node: ConfigNode): void {
  const password = node.child("password");
  if (!password.isGiven || node.child("username").isGiven) return;
  password.report(
    `${password.path} is given without a user name.`,
    "Add mqtt.username: MQTT has no password without one.",
  );
}

function checkOperators(operators: readonly (string | undefined)[], root: ConfigNode): void {
  for (const [index, operator] of operators.entries()) {
    const first = operators.indexOf(operator);
    if (operator === undefined || first === index) continue;
    const node = root.at("operators", index);
    node.report(`${node.path} is ${operator}, as operators[${first}].`, "Remove one of them.");
  }
}

function checkRelay(file: Draft<ConfigFile>, root: ConfigNode): void {
  const switchable = (file.lines ?? []).flatMap((line, index) =>
    line?.protocol === "dlt645"
      ? (line.meters ?? []).flatMap((meter, number) =>
          meter?.switchable === true ? [root.at("lines", index, "meters", number)] : [],
        )
      : [],
  );
  const relay = root.child("relay");
  if (relay.isGiven && switchable.length === 0) {
    relay.report(
      "relay is given, and no DL/T 645 meter is switchable.",
      "Remove it, or set switchable: true at the meters that may be switched.",
    );
  }
  if (relay.isGiven) return;
  for (const meter of switchable) {
    const node = meter.child("switchable");
    node.report(
      `${node.path} is true, and there is no relay.`,
      "Add relay with its password and operatorCode, or remove switchable.",
    );
  }
}
