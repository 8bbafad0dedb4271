import { ACTIVE_INDEX, FOUND_AS, TTL_ATTRIBUTE } from "#adapters/dynamodb/table.ts";
import { tableName } from "./names.ts";
import type { Stage } from "./read-stage.ts";

export type Storage = ReturnType<typeof storage>;

/** The one table, and the key with which all that is kept is encrypted. */
export function storage({ place, prefix, isProduction }: Stage) {
  const key = new aws.kms.Key(
    "DataKey",
    {
      description: `What Sluice ${place.stage} keeps`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "AccountDecidesByItsPolicies",
            Effect: "Allow",
            Principal: { AWS: `arn:aws:iam::${place.account}:root` },
            Action: "kms:*",
            Resource: "*",
          },
        ],
      }),
    },
    // Without its key the table that stays could never be read again.
    { retainOnDelete: isProduction },
  );
  new aws.kms.Alias("DataKeyAlias", { name: `alias/${prefix}`, targetKeyId: key.keyId });

  const table = new sst.aws.Dynamo("Waves", {
    fields: { pk: "string", sk: "string", [FOUND_AS]: "string" },
    primaryIndex: { hashKey: "pk", rangeKey: "sk" },
    globalIndexes: { [ACTIVE_INDEX]: { hashKey: FOUND_AS, rangeKey: "pk", projection: "keys-only" } },
    ttl: TTL_ATTRIBUTE,
    stream: "new-image",
    deletionProtection: isProduction,
    transform: {
      table: (args) => {
        args.name = tableName(place.stage);
        args.pointInTimeRecovery = { enabled: true, recoveryPeriodInDays: 35 };
        args.serverSideEncryption = { enabled: true, kmsKeyArn: key.arn };
      },
    },
  });
  return { key, table };
}
