import { accessSync, constants, existsSync } from "node:fs";
import path from "node:path";
import { GatewayStore } from "../store/gatewayStore.ts";
import { inspect } from "../store/inspect.ts";
import { isStore, notOurs } from "../store/salvage.ts";
import { StoreLock } from "../store/storeLock.ts";
import type { StoreOwner } from "../store/storeOwner.ts";
import { bad, failed, good, type Finding } from "./finding.ts";

const REMEDY =
  "Give its user the folder (systemd makes /var/lib/sealwatt), or run this as the daemon's user.";

/** Whether the store can be opened or made. Nothing is made: it would belong to whoever checks, not to the daemon. */
export function checkStore(file: string, owner: StoreOwner): Finding {
  const place = { what: "store", where: file };
  const folder = path.dirname(file);
  if (!existsSync(folder)) return bad(place, `There is no folder ${folder}.`, `Make it. ${REMEDY}`);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    return bad(place, `This user may not write to ${folder}.`, REMEDY);
  }
  if (!existsSync(file)) return good(place, "made at the first start");
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
  } catch {
    return bad(place, "This user may not write to it.", REMEDY);
  }
  try {
    // The daemon would not touch it.
    if (!isStore(file)) return failed(place, notOurs(file));
    const isInUse = StoreLock.isHeld(file);
    const findings = isInUse ? [] : inspect(file);
    if (findings.length !== 0) {
      return bad(
        place,
        `It is damaged. ${findings.join(" ")}`,
        "Start the daemon: it keeps the damaged file, carries over what is intact and says what is lost.",
      );
    }
    const store = GatewayStore.openReadOnly(file, owner);
    try {
      const { read, signed, sent, included, final } = store.readings.counts();
      const all = read + signed + sent + included + final;
      return good(place, `${all} readings; ${isInUse ? "a daemon uses it" : "nobody uses it"}`);
    } finally {
      store.close();
    }
  } catch (error) {
    return failed(place, error);
  }
}
