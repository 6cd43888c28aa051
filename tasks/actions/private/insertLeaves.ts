import type { CommonOptions } from "../../context.ts";
import { explained } from "../../explain.ts";
import { print } from "../../output.ts";
import { openPrivateMarketAs } from "../../privateContext.ts";
import { send } from "../../send.ts";
import { wholeNumber, type Given } from "../../values.ts";

interface InsertLeavesOptions extends CommonOptions {
  most: Given;
}

/** What fits into one transaction. */
const DEFAULT_MOST = "64";

export default explained<InsertLeavesOptions>(async (options, hre) => {
  const most = wholeNumber("--most", options.most ?? DEFAULT_MOST);
  const { pool } = await openPrivateMarketAs(hre, options);
  const before = await pool.noteTree();
  await send(pool.insertLeaves(most));
  const { root, size, pending } = await pool.noteTree();
  const inserted = size - before.size;
  print(
    options.json,
    { inserted: Number(inserted), size: Number(size), pending: Number(pending), root },
    `Inserted ${inserted} leaves; the tree has ${size}, and ${pending} wait.`,
  );
});
