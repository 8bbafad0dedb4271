/** What the deployment says of callers, whatever a migration file says. Identities are each their one text. */
export type Access = {
  /** Who may post and change migrations, and read all of them. */
  readonly posters: readonly string[];
  /** Who may read all of them: auditors, dashboards. */
  readonly readers: readonly string[];
  /** IAM roles whose session names are people, since single sign-on gives them. */
  readonly ssoRoles: ReadonlySet<string>;
};
