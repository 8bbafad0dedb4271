/** The package brings no types of its own. */
declare module "asl-validator" {
  type Validated = { readonly isValid: boolean; readonly errors: readonly unknown[] };
  export default function validateAsl(definition: unknown): Validated;
}
