// Imports point one way: functions → use-cases → core; adapters → use-cases/ports, core; functions/wire*.ts → everything.
const product = "^(core|use-cases|adapters|functions|state-machines)/";
const npm = "(^|/)node_modules/";

module.exports = {
  forbidden: [
    {
      name: "core-imports-core-only",
      comment: "The core decides and does nothing; zod alone is let in, for what it parses.",
      severity: "error",
      from: { path: "^core/" },
      to: { pathNot: ["^core/", "(^|/)node_modules/zod/"] },
    },
    {
      name: "use-cases-import-core-and-ports",
      severity: "error",
      from: { path: "^use-cases/" },
      to: { pathNot: ["^core/", "^use-cases/", "(^|/)node_modules/zod/"] },
    },
    {
      name: "zod-by-core-schema-only",
      comment: "zod itself is three times as large in every function as its small form with English messages.",
      severity: "error",
      from: { path: "^(core|use-cases|adapters|functions)/", pathNot: "^core/schema\\.ts$" },
      to: { path: "(^|/)zod(/|$)" },
    },
    {
      name: "adapters-import-ports-and-core",
      comment:
        "A technology knows its own folder, the ports and the core; besides, what all AWS calls share, how sign-ins are read, how servers beside Kafka are asked, and Connect's REST, by which the ECS adapter sees a worker ready.",
      severity: "error",
      from: { path: "^adapters/([^/]+)/" },
      to: {
        path: "^(adapters|use-cases|functions|local|state-machines|bench|test)/",
        pathNot: [
          "^adapters/$1/",
          "^adapters/(aws|secrets|http)/",
          "^adapters/connect/connect-rest\\.ts$",
          "^use-cases/ports/",
        ],
      },
    },
    {
      name: "only-wire-imports-adapters",
      severity: "error",
      from: { path: "^functions/", pathNot: "^functions/wire(-estate|-inventory|-sign-in)?\\.ts$" },
      to: { path: "^adapters/" },
    },
    {
      name: "state-machines-import-core",
      severity: "error",
      from: { path: "^state-machines/" },
      to: { path: "^(use-cases|adapters|functions|local|bench|test)/", pathNot: "^functions/manifest\\.ts$" },
    },
    {
      name: "stacks-import-no-behaviour",
      comment: "A stack places what is there: names, tables and settings, never a use case, a handler or a home.",
      severity: "error",
      from: { path: "^stacks/", pathNot: "^stacks/run-time/" },
      to: {
        path: "^(use-cases|adapters|functions|state-machines|local|bench|test)/",
        pathNot: ["^functions/(manifest|environment)\\.ts$", "^adapters/dynamodb/table\\.ts$"],
      },
    },
    {
      name: "product-imports-no-stack",
      severity: "error",
      from: { path: product },
      to: { path: "^stacks/" },
    },
    {
      name: "product-imports-no-home",
      comment: "The same code runs in both homes, so it knows neither.",
      severity: "error",
      from: { path: product },
      to: { path: "^(local|bench|test)/" },
    },
    {
      name: "checker-shares-no-code",
      comment: "The demo's verdict is worth something only where it cannot repeat the product's mistakes.",
      severity: "error",
      from: { path: "^local/demo/checker/" },
      to: { path: product, reachable: true },
    },
    {
      name: "local-imports-no-test",
      comment: "Of what these benches run whole, `npm test` runs a sample.",
      severity: "error",
      from: { path: "^(local|bench)/", pathNot: "^bench/(crash-points|faults|zombies)\\.ts$" },
      to: { path: "^test/" },
    },
    { name: "no-circular", severity: "error", from: { pathNot: npm }, to: { circular: true } },
    {
      name: "resolves",
      comment: "Pulumi comes with SST's platform, where SST's own evaluation and the type check find it.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^@pulumi/" },
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: npm },
    enhancedResolveOptions: { conditionNames: ["node", "import", "require", "default"], exportsFields: ["exports"] },
  },
};
