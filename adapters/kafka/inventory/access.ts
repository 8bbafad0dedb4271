import {
  describeAclsV2,
  describeClientQuotasV0,
  describeClientQuotasV1,
  describeUserScramCredentialsV0,
} from "@platformatic/kafka";
import type { AnyAcl, Quota, ScramUser } from "#core/inventory/access.ts";
import type { Source } from "#core/inventory/source.ts";
import { isUnknown, type Listing, type OrUnknown, type Unknown, unknown } from "#core/inventory/unknown.ts";
import { aclKey } from "#core/kafka/acl.ts";
import { anyEntry, readEntries } from "../acl-wire.ts";
import { code, type NeededRight } from "../faults.ts";
import { refusal } from "./refusal.ts";
import type { Asking } from "./topics.ts";

/** Who may do what, who can sign in, and who is held back: a request each, whatever their number. */
export async function scanAccess(o: Asking): Promise<{
  readonly acls: Listing<AnyAcl>;
  readonly "scram-users": Listing<ScramUser>;
  readonly quotas: Listing<Quota>;
}> {
  const readAt = Date.now();
  const [acls, users, quotas] = await Promise.all([aclsOf(o), scramUsersOf(o), quotasOf(o)]);
  return {
    acls: { source: "DescribeAcls", readAt, ...acls },
    "scram-users": { source: "DescribeUserScramCredentials", readAt, ...users },
    quotas: { source: "DescribeClientQuotas", readAt, ...quotas },
  };
}

type Found<T> = { readonly items: readonly T[]; readonly gaps: readonly Unknown[] };

async function aclsOf(o: Asking): Promise<Found<AnyAcl>> {
  const answer = await o.brokers.askAny("DescribeAcls", describeAclsV2.api, anyEntry);
  if (isUnknown(answer)) return nothing(answer);
  // No authoriser: there are none, and that is known.
  if (answer.errorCode === code.securityDisabled) return { items: [], gaps: [] };
  if (answer.errorCode !== code.none)
    return nothing(refused(o, "DescribeAcls", "listing ACLs", "Describe", answer.errorCode, answer.errorMessage));
  const items: AnyAcl[] = [];
  const gaps: Unknown[] = [];
  for (const entry of readEntries(answer))
    if ("what" in entry)
      gaps.push(
        unknown("DescribeAcls", `an ACL has a ${entry.what} of number ${entry.number}, which is not known here`),
      );
    else items.push(entry);
  return { items: items.toSorted((a, b) => (aclKey(a) < aclKey(b) ? -1 : 1)), gaps };
}

async function scramUsersOf(o: Asking): Promise<Found<ScramUser>> {
  const answer = await askNewest(o, "DescribeUserScramCredentials", (broker) =>
    o.brokers.ask(broker, "DescribeUserScramCredentials", describeUserScramCredentialsV0.api, []),
  );
  if (isUnknown(answer)) return nothing(answer);
  if (answer.errorCode !== code.none)
    return nothing(
      refused(
        o,
        "DescribeUserScramCredentials",
        "listing SCRAM users",
        "Describe",
        answer.errorCode,
        answer.errorMessage,
      ),
    );
  return {
    items: answer.results
      .map(({ user, credentialInfos }) => ({
        user,
        mechanisms: credentialInfos
          .map(({ mechanism }) => mechanisms.get(mechanism) ?? `number ${mechanism}`)
          .toSorted(),
      }))
      .toSorted((a, b) => (a.user < b.user ? -1 : 1)),
    gaps: [],
  };
}

async function quotasOf(o: Asking): Promise<Found<Quota>> {
  const answer = await askNewest(o, "DescribeClientQuotas", async (broker) =>
    (await o.brokers.supports(broker, describeClientQuotasV1.api))
      ? o.brokers.ask(broker, "DescribeClientQuotas", describeClientQuotasV1.api, [], false)
      : o.brokers.ask(broker, "DescribeClientQuotas", describeClientQuotasV0.api, [], false),
  );
  if (isUnknown(answer)) return nothing(answer);
  if (answer.errorCode !== code.none)
    return nothing(
      refused(o, "DescribeClientQuotas", "listing quotas", "DescribeConfigs", answer.errorCode, answer.errorMessage),
    );
  const items = (answer.entries ?? []).map(
    ({ entity, values }): Quota => ({
      entity: entity
        .map(({ entityType, entityName }) => ({ type: entityType, name: entityName ?? null }))
        .toSorted((a, b) => (a.type < b.type ? -1 : 1)),
      limits: Object.fromEntries(
        values.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ key, value }) => [key, value]),
      ),
    }),
  );
  return { items: items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)), gaps: [] };
}

/** Whichever broker answers. */
async function askNewest<Answer>(
  { brokers }: Asking,
  source: Source,
  ask: (broker: number) => Promise<OrUnknown<Answer>>,
): Promise<OrUnknown<Answer>> {
  let last: OrUnknown<Answer> = unknown(source, "the cluster named no broker that could be asked");
  for (const broker of brokers.ids) {
    last = await ask(broker);
    if (!isUnknown(last)) return last;
  }
  return last;
}

const keyOf = ({ entity }: Quota): string => entity.map(({ type, name }) => `${type}=${name ?? ""}`).join("|");

const refused = (
  { cluster }: Asking,
  source: Source,
  doing: string,
  operation: NeededRight["operation"],
  errorCode: number,
  says?: string | null,
): Unknown => refusal(source, { cluster, doing, needs: { resource: "cluster", operation } }, errorCode, says);

const nothing = (gap: Unknown): Found<never> => ({ items: [], gaps: [gap] });

const mechanisms: ReadonlyMap<number, string> = new Map([
  [1, "SCRAM-SHA-256"],
  [2, "SCRAM-SHA-512"],
]);
