/** What is read of a Kafka cluster in one go, so that its items fit together. */
const CLUSTER_PARTS = ["overview", "topics", "groups", "producers", "transactions", "access", "schema-use"] as const;
export type ClusterPart = (typeof CLUSTER_PARTS)[number];

/** What else a snapshot is made of, each read from somebody else. */
export const SCAN_PARTS = [...CLUSTER_PARTS, "registry", "subjects", "connectors", "operations"] as const;
export type ScanPart = (typeof SCAN_PARTS)[number];
