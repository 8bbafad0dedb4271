import { main } from "../test/waves/crash-points/main.ts";

// What `npm test` runs a sample of: the same estate, the same stories.
await main(process.argv.slice(2));
