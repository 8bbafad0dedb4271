/** What AWS computes and components read back. A look-up that is not known here fails, and says so. */
const ACCOUNT = "123456789012";

export type Inputs = Readonly<Record<string, unknown>>;

export function attributesOf(region: string, type: string, name: string, inputs: Inputs): Record<string, unknown> {
  const physical = String(inputs["name"] ?? inputs["bucket"] ?? name);
  const arn = (service: string, resource: string): string => `arn:aws:${service}:${region}:${ACCOUNT}:${resource}`;
  switch (type) {
    case "aws:lambda/function:Function": {
      const own = arn("lambda", `function:${physical}`);
      const invokeArn = `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${own}/invocations`;
      return { arn: own, qualifiedArn: `${own}:$LATEST`, invokeArn, version: "$LATEST" };
    }
    case "aws:dynamodb/table:Table": {
      const own = arn("dynamodb", `table/${physical}`);
      return { arn: own, streamArn: `${own}/stream/2026-01-01T00:00:00.000` };
    }
    case "aws:sns/topic:Topic":
      return { arn: arn("sns", physical) };
    case "aws:sqs/queue:Queue":
      return { arn: arn("sqs", physical), url: `https://sqs.${region}.amazonaws.com/${ACCOUNT}/${physical}` };
    case "aws:kms/key:Key":
      return { arn: arn("kms", `key/${name}`), keyId: name };
    case "aws:sfn/stateMachine:StateMachine":
      return { arn: arn("states", `stateMachine:${physical}`) };
    case "aws:iam/role:Role":
      return { arn: `arn:aws:iam::${ACCOUNT}:role/${physical}` };
    case "aws:ecr/repository:Repository":
      return {
        arn: arn("ecr", `repository/${physical}`),
        registryId: ACCOUNT,
        repositoryUrl: `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com/${physical}`,
      };
    case "docker-build:index:Image":
      return { ref: `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com/connect@sha256:${"0".repeat(64)}` };
    case "aws:apigatewayv2/api:Api":
      return {
        arn: arn("apigateway", `/apis/${name}`),
        apiEndpoint: `https://${name}.execute-api.${region}.amazonaws.com`,
        executionArn: arn("execute-api", name),
      };
    case "aws:cloudwatch/logGroup:LogGroup":
      return { arn: arn("logs", `log-group:${physical}`) };
    case "aws:cloudwatch/eventRule:EventRule":
      return { arn: arn("events", `rule/${physical}`) };
    case "aws:ec2/vpcEndpoint:VpcEndpoint":
      return { prefixListId: `pl-${name}` };
    case "random:index/randomBytes:RandomBytes": {
      const bytes = Buffer.alloc(Number(inputs["length"]), 1);
      return { base64: bytes.toString("base64"), hex: bytes.toString("hex") };
    }
    default: {
      const [provider, module = ""] = type.split(":");
      return provider === "aws" ? { arn: arn(module.split("/")[0] ?? module, physical) } : {};
    }
  }
}

export function lookUp(region: string, token: string, inputs: Inputs): Record<string, unknown> {
  switch (token) {
    case "aws:index/getRegion:getRegion":
      return { id: region, name: region, region, description: region };
    case "aws:index/getPartition:getPartition":
      return { id: "aws", partition: "aws", dnsSuffix: "amazonaws.com", reverseDnsPrefix: "com.amazonaws" };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { id: ACCOUNT, accountId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:user/deployer`, userId: "deployer" };
    case "aws:ec2/getRouteTables:getRouteTables":
      return { id: region, ids: ["rtb-0123456789abcdef0"] };
    case "aws:ecr/getAuthorizationToken:getAuthorizationToken":
      return { id: region, userName: "AWS", password: "token", authorizationToken: "token", proxyEndpoint: "" };
    case "aws:iam/getPolicyDocument:getPolicyDocument":
      // Every role gets its policies from stacks/: what a component writes by itself is replaced there, or seen by a test.
      return { id: "policy", json: JSON.stringify(inputs["statements"] ?? []), statements: inputs["statements"] };
    default:
      throw new Error(
        `no answer for the look-up ${token} ${JSON.stringify(inputs)}: add it to local/synth/mocked-aws.ts`,
      );
  }
}
