import { main } from "../test/waves/faults/main.ts";

// What `npm test` runs a sample of: the same estate, the same faults.
await main(process.argv.slice(2));
