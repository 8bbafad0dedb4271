/** SST's own sources name it: it is the package manager that they come with, and nothing here runs on it. */
declare module "bun" {
  export type Shell = unknown;
}
