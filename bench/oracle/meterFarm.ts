// Many meters in a process of their own: their work does not count as the gateway's.
import { loadDeviceProfile, COMMON_METER } from "../../oracle/profiles/loadDeviceProfile.ts";
import type { MeteredLoad } from "../../oracle/simulator/meteredLoad.ts";
import { SimulatedMeter } from "../../oracle/simulator/simulatedMeter.ts";
import { farmLoad, FIRST_SERIAL, type FarmOptions } from "./farmLoad.ts";

const { meters, startS, stopS, faults } = JSON.parse(process.argv[2]!) as FarmOptions;
const profile = loadDeviceProfile(COMMON_METER);
const ports: number[] = [];
for (let index = 0; index < meters; ++index) {
  const load: MeteredLoad = farmLoad(index, startS, stopS);
  const meter = new SimulatedMeter({
    profile,
    load,
    nowS: () => Date.now() / 1000,
    serialNumber: FIRST_SERIAL + index,
    ...(faults === undefined ? {} : { faults: { ...faults, seed: index } }),
  });
  await meter.start();
  ports.push(meter.address.port);
}
console.log(JSON.stringify(ports));
