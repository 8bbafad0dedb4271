import {
  describeAclsV2,
  describeConfigsV4,
  describeGroupsV5,
  describeLogDirsV2,
  listGroupsV4,
  listOffsetsV6,
  metadataV10,
  offsetFetchV7,
} from "@platformatic/kafka";
import type { ClusterPart } from "#core/inventory/scan-part.ts";
import type { ClusterScanner } from "#use-cases/ports/cluster-scanner.ts";
import { parseAddress } from "../broker-address.ts";
import { type ClusterSettings, identityOf } from "../cluster-settings.ts";
import { Connections, TooOldFault } from "../connections.ts";
import { kafkaScanner } from "../inventory/scanner.ts";
import { olderScanner } from "./scanner.ts";

type Scanner = ClusterScanner<ClusterPart> & { close(): Promise<void> };

/** Without one of these a cluster is read by kafkajs. */
const needed = [
  metadataV10,
  describeConfigsV4,
  listOffsetsV6,
  listGroupsV4,
  describeGroupsV5,
  offsetFetchV7,
  describeAclsV2,
  describeLogDirsV2,
].map(({ api }) => api);

/** The scanner that speaks what the cluster's brokers say they speak. Faults where none of the bootstrap servers answers. */
export async function chooseScanner(
  side: "source" | "target",
  settings: ClusterSettings,
  how: { readonly samplesSchemas?: boolean } = {},
): Promise<Scanner> {
  const connections = new Connections(identityOf(side, settings), settings);
  try {
    const offered = await Promise.any(
      settings.bootstrapServers.map(async (server) => {
        const address = parseAddress(server);
        return (await Promise.all(needed.map((api) => connections.supports(address, api)))).every((is) => is);
      }),
    );
    return offered ? kafkaScanner(side, settings, how) : olderScanner(side, settings, how);
  } catch (error) {
    const faults: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
    if (faults.some((fault) => fault instanceof TooOldFault)) return olderScanner(side, settings, how);
    throw faults[0];
  } finally {
    await connections.close();
  }
}
