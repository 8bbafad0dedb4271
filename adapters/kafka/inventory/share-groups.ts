/** Requests of share groups (Kafka 4.1), which the library has no codec for. */
import { type API, createAPI, type Reader, Writer } from "@platformatic/kafka";

type Named = { readonly errorCode: number; readonly groupId: string };

export type DescribedShareGroup = Named & {
  readonly errorMessage: string | null;
  readonly groupState: string;
  readonly members: readonly {
    readonly memberId: string;
    readonly clientId: string;
    readonly clientHost: string;
    readonly subscribedTopicNames: readonly string[];
    readonly assignment: readonly { readonly topicName: string; readonly partitions: readonly number[] }[];
  }[];
};

export const shareGroupDescribe: API<[readonly string[]], { readonly groups: readonly DescribedShareGroup[] }> =
  createAPI(
    77,
    1,
    (groups: readonly string[]) =>
      Writer.create()
        .appendArray([...groups], (w, group) => w.appendString(group), true, false)
        .appendBoolean(false)
        .appendTaggedFields(),
    (_correlationId, _apiKey, _apiVersion, reader) => {
      reader.readInt32();
      const groups = reader.readArray(readDescribed);
      reader.readTaggedFields();
      return { groups };
    },
  );

function readDescribed(r: Reader): DescribedShareGroup {
  const errorCode = r.readInt16();
  const errorMessage = r.readNullableString();
  const groupId = r.readString();
  const groupState = r.readString();
  // Its epochs, and the assignor's name.
  r.readInt32();
  r.readInt32();
  r.readString();
  const members = r.readArray((of) => {
    const memberId = of.readString();
    of.readNullableString();
    of.readInt32();
    const clientId = of.readString();
    const clientHost = of.readString();
    const subscribedTopicNames = of.readArray((name) => name.readString(), true, false);
    const assignment = of.readArray((one) => {
      one.readUUID();
      return { topicName: one.readString(), partitions: one.readArray((p) => p.readInt32(), true, false) };
    });
    of.readTaggedFields();
    return { memberId, clientId, clientHost, subscribedTopicNames, assignment };
  });
  r.readInt32();
  return { errorCode, errorMessage, groupId, groupState, members };
}

export type ShareGroupOffsets = Named & {
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly {
      readonly partition: number;
      /** -1: not known yet. */
      readonly startOffset: bigint;
      readonly errorCode: number;
    }[];
  }[];
};

/** Where the share of each partition begins, on every topic of each group. */
export const describeShareGroupOffsets: API<[readonly string[]], { readonly groups: readonly ShareGroupOffsets[] }> =
  createAPI(
    90,
    0,
    (groups: readonly string[]) =>
      Writer.create()
        .appendArray([...groups], (w, group) => {
          w.appendString(group).appendArray(null, () => undefined, true, false);
        })
        .appendTaggedFields(),
    (_correlationId, _apiKey, _apiVersion, reader) => {
      reader.readInt32();
      const groups = reader.readArray(readOffsets);
      reader.readTaggedFields();
      return { groups };
    },
  );

function readOffsets(r: Reader): ShareGroupOffsets {
  const groupId = r.readString();
  const topics = r.readArray((of) => {
    const name = of.readString();
    of.readUUID();
    const partitions = of.readArray((one) => {
      const partition = one.readInt32();
      const startOffset = one.readInt64();
      one.readInt32();
      const errorCode = one.readInt16();
      one.readNullableString();
      return { partition, startOffset, errorCode };
    });
    return { name, partitions };
  });
  const errorCode = r.readInt16();
  r.readNullableString();
  return { groupId, topics, errorCode };
}
