/**
 * Modules that clients name and no function reaches: what stands in for each in a bundle, and why it is
 * never asked. A stand-in that is reached all the same throws, naming this file.
 */
const thrown = (what: string): string =>
  `throw new Error(${JSON.stringify(`${what} is left out of the bundle: stacks/bundles/left-out.ts`)});`;

export type LeftOut = {
  /** How the path of the module ends. */
  readonly module: RegExp;
  readonly contents: string;
};

export const LEFT_OUT: readonly LeftOut[] = [
  // DynamoDB's client makes a cache of discovered endpoints, and none of its commands discovers any.
  {
    module: /\/@aws-sdk\/endpoint-cache\/dist-es\/EndpointCache\.js$/,
    contents: `const asked = () => { ${thrown("the cache of discovered endpoints")} };
export class EndpointCache { getEndpoint = asked; get = asked; set = asked; delete = asked; has = asked; clear = asked; }`,
  },
  // For a Node.js that is built without its own cryptography.
  {
    module: /\/@smithy\/core\/dist-es\/submodules\/checksum\/sha256\/Sha256Js\.js$/,
    contents: `export class Sha256Js { constructor() { ${thrown("SHA-256 without node:crypto")} } }`,
  },
  // Lambda always sets AWS_REGION; only without it a machine's own region would be asked for.
  {
    module:
      /\/@smithy\/core\/dist-es\/submodules\/config\/config-resolver\/regionConfig\/getInstanceMetadataRegion\.js$/,
    contents: `export const getInstanceMetadataRegion = async () => { ${thrown("the region of an EC2 instance")} };`,
  },
  // No table is scanned.
  {
    module: /\/@aws-sdk\/lib-dynamodb\/dist-es\/pagination\/ScanPaginator\.js$/,
    contents: `export const paginateScan = () => { ${thrown("the pages of a table's scan")} };`,
  },
  // It warns below Node 22; functions run on 24.
  {
    module: /\/@aws-sdk\/core\/dist-es\/submodules\/client\/emitWarningIfUnsupportedVersion\.js$/,
    contents:
      "export const state = { warningEmitted: true }; export const emitWarningIfUnsupportedVersion = () => undefined;",
  },
  // Retries are the standard ones unless AWS_RETRY_MODE says "adaptive", which no stack sets.
  {
    module: /\/@smithy\/core\/dist-es\/submodules\/retry\/util-retry\/AdaptiveRetryStrategy\.js$/,
    contents: `export class AdaptiveRetryStrategy { constructor() { ${thrown("the retry mode adaptive")} } }`,
  },
  // Signs the events of streams, of which no operation is called.
  {
    module: /\/@smithy\/signature-v4\/dist-es\/HeaderFormatter\.js$/,
    contents: `export class HeaderFormatter { format() { ${thrown("the signature of an event stream")} } }`,
  },
  // Reads and writes the headers of events of streams.
  {
    module: /\/@smithy\/core\/dist-es\/submodules\/event-streams\/eventstream-codec\/HeaderMarshaller\.js$/,
    contents: `export class HeaderMarshaller { format() { ${thrown("a header of an event stream")} } parse() { ${thrown("a header of an event stream")} } }`,
  },
  // A function has no ~/.aws: as where such a file is not there, the next source is asked.
  {
    module: /\/@smithy\/core\/dist-es\/submodules\/config\/node-config-provider\/fromSharedConfigFiles\.js$/,
    contents: `import { CredentialsProviderError } from "../property-provider/CredentialsProviderError";
export const fromSharedConfigFiles = () => async () => { throw new CredentialsProviderError("Lambda has no AWS configuration files"); };`,
  },
  // Kafka's client checks the options of its admin, consumer and producer by it; only its connections are used.
  {
    module: /\/ajv\/dist\/2020\.js$/,
    contents: `export class Ajv2020 { addKeyword() {} compile() { return () => { ${thrown("checking the options of a Kafka client")} }; } }`,
  },
  // Names of buckets are told apart for S3 alone.
  {
    module: /\/@smithy\/core\/dist-es\/submodules\/endpoints\/middleware-endpoint\/service-customizations\/index\.js$/,
    contents: `export const resolveParamsForS3 = async () => { ${thrown("S3's way to name an endpoint")} };`,
  },
  // Of kafkajs only the admin client is used: older brokers are read, and nothing is consumed or produced.
  {
    module: /\/kafkajs\/src\/consumer\/index\.js$/,
    contents: `module.exports = () => { ${thrown("kafkajs' consumer")} };`,
  },
  {
    module: /\/kafkajs\/src\/producer\/index\.js$/,
    contents: `module.exports = () => { ${thrown("kafkajs' producer")} };`,
  },
];
