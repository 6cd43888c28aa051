// Prints the ms that the auction takes on its first call in a process: node coldMatch.ts ORDER_COUNT
import { greenDoubleAuction } from "../../sdk/mechanisms/greenDoubleAuction.ts";
import { measureMs } from "../durations.ts";
import { createBook } from "./book.ts";

const orders = createBook(Number(process.argv[2]));
console.log(measureMs(() => greenDoubleAuction.match(orders)));
