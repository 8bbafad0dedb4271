import { main } from "../test/waves/zombies/main.ts";

// What `npm test` runs a sample of: the same estate, the same pauses.
await main(process.argv.slice(2));
