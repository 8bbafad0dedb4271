/** A connector's state with what it should be; as the replicator's port gives it. */
export type ConnectorState = {
  readonly state: string;
  readonly trace?: string;
  readonly expectedTasks: number;
  readonly tasks: readonly { readonly id: number; readonly state: string; readonly trace?: string }[];
};

/**
 * Why a connector does not mirror everything, or undefined where it runs whole. A failed task leaves the connector
 * RUNNING, and a connector that has just been created has fewer tasks than it will have.
 */
export const connectorProblem = (name: string, connector: ConnectorState | undefined): string | undefined => {
  if (connector === undefined) return `connector ${name} does not exist`;
  if (connector.state !== "RUNNING")
    return `connector ${name} is ${connector.state}${cause(connector.trace)}; expected RUNNING`;
  const task = connector.tasks.find((t) => t.state === "FAILED") ?? connector.tasks.find((t) => t.state !== "RUNNING");
  if (task !== undefined)
    return `task ${task.id} of connector ${name} is ${task.state}${cause(task.trace)}; expected RUNNING`;
  if (connector.tasks.length < connector.expectedTasks)
    return `connector ${name} runs ${connector.tasks.length} of ${connector.expectedTasks} tasks`;
  return undefined;
};

/** What a person changes for a connector's problem, where its own words do not say it; empty where they do. */
export const connectorCure = (
  problem: string,
  mirror: { readonly principal: string; readonly secret: string | undefined },
): string => {
  if (/SaslAuthenticationException/.test(problem) && mirror.secret !== undefined)
    return `; correct the user name and password in secret ${mirror.secret}: ${mirror.principal} must be able to sign in with them to both clusters`;
  if (/SslAuthenticationException|SSLHandshakeException|InvalidConfigurationException.*(?:PEM|SSL)/.test(problem))
    return `; the clusters' certificates must be signed by what the migration file gives as their \`ca\` and name the brokers' hosts${mirror.secret === undefined ? "" : `, and a client certificate, in secret ${mirror.secret}, must be one that they accept`}`;
  // A mirror that is refused by the cluster it reads only logs that, and begins no task.
  if (/ runs \d+ of \d+ tasks$/.test(problem))
    return `; a mirror that cannot sign in to the cluster that it reads, or may not describe its topics there, begins no task: check that ${mirror.principal} ${mirror.secret === undefined ? "is let in to both clusters" : `can sign in to both clusters with secret ${mirror.secret}`}, and look into its workers' log`;
  if (/AuthorizationException/.test(problem))
    return `; a right of ${mirror.principal} was taken away, or a DENY bars it: give it back, with kafka-acls, on the cluster that the message speaks of`;
  return "";
};

/** Of a Java stack trace the innermost cause, which says what to change. */
const cause = (trace: string | undefined): string => {
  if (trace === undefined) return "";
  const lines = trace.split("\n").map((line) => line.trim());
  const innermost = lines.findLast((line) => line.startsWith("Caused by: "))?.slice("Caused by: ".length) ?? lines[0];
  return ` (${innermost?.slice(0, 300)})`;
};
