import { setFrozen } from "./freeze.ts";

export default setFrozen(false);
