/**
 * Stands in for `@aws-sdk/credential-provider-node` in bundles: Lambda always hands its role's credentials over in the
 * environment, and the other sources (profiles, single sign-on, instance metadata) are a third of a small bundle.
 */
export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";
