import type { StoreDamage } from "../store/damage.ts";
import type { GatewayStatus } from "./gatewayView.ts";

/** A store's damage as its operator sees it. It stays on record for ever; what is new tells its time. */
export function damageStatus(
  damage: readonly StoreDamage[],
): Pick<GatewayStatus["store"], "damage" | "damagedAtS"> {
  const latest = damage.at(-1);
  return {
    damage: damage.flatMap(({ findings }) => findings),
    damagedAtS: latest === undefined ? undefined : latest.foundAtMs / 1000,
  };
}
