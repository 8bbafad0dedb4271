export default $config({
  app(input) {
    const isProduction = input.stage === "production";
    return {
      name: "sluice",
      home: "aws",
      version: "4.17.1",
      // Production outlives a mistaken removal; a stage for trying leaves nothing.
      removal: isProduction ? "retain" : "remove",
      protect: isProduction,
      providers: {
        aws: { version: "7.20.0", defaultTags: { tags: { "sluice:app": "sluice", "sluice:stage": input.stage } } },
      },
    };
  },
  async run() {
    const { defineStage } = await import("./stacks/stage.ts");
    return defineStage();
  },
});
