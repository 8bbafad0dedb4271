import { describe, expect, it } from "vitest";
import { parseAddress } from "#adapters/kafka/broker-address.ts";
import { type Attempt, code, protocolFault } from "#adapters/kafka/faults.ts";
import { transportFault } from "#adapters/kafka/transport-faults.ts";
import { OperatorFault, RetryableFault } from "#core/fault.ts";

const cluster = {
  side: "target",
  bootstrapServers: "b-1:9096,b-2:9096",
  principal: "User:control",
  signIn: "SCRAM-SHA-512" as const,
} as const;
const attempt: Attempt = {
  cluster,
  doing: "reading records of orders/3",
  needs: { resource: "topic", name: "orders", operation: "Read" },
};

describe("faults", () => {
  it("name the ACL that cures a missing right", () => {
    const fault = protocolFault(attempt, code.topicAuthorizationFailed);
    expect(fault).toBeInstanceOf(OperatorFault);
    expect(fault.message).toContain(
      "kafka-acls --bootstrap-server b-1:9096,b-2:9096 --add --allow-principal User:control --operation Read --topic 'orders'",
    );
  });

  it("say that there is no authoriser", () => {
    const fault = protocolFault(attempt, code.securityDisabled);
    expect(fault).toBeInstanceOf(OperatorFault);
    expect(fault.message).toMatch(/No authoriser .*authorizer\.class\.name/);
  });

  it("are retryable where the broker says so, and a person's where it does not", () => {
    expect(protocolFault(attempt, code.notLeaderOrFollower)).toBeInstanceOf(RetryableFault);
    expect(protocolFault(attempt, 44, "too many partitions")).toBeInstanceOf(OperatorFault);
    expect(protocolFault(attempt, 44, "too many partitions").message).toContain(
      'POLICY_VIOLATION, "too many partitions"',
    );
    expect(protocolFault(attempt, 9999).message).toContain("error 9999");
  });

  it("take a certificate that is not accepted for a person's, any other broken connection for retryable", () => {
    const broker = { host: "b-1", port: 9096 };
    const expired = Object.assign(new Error("certificate has expired"), { code: "CERT_HAS_EXPIRED" });
    const wrapped = new Error("Connection to b-1:9096 failed.", { cause: expired });
    expect(transportFault(cluster, broker, wrapped)).toBeInstanceOf(OperatorFault);
    expect(transportFault(cluster, broker, wrapped).message).toContain("certificate has expired");
    const refused = transportFault(cluster, broker, new Error("x", { cause: new Error("connect ECONNREFUSED") }));
    expect(refused).toBeInstanceOf(RetryableFault);
    expect(refused.message).toBe("Broker b-1:9096 of the target cluster cannot be reached: connect ECONNREFUSED");
  });
});

describe("broker addresses", () => {
  it("are host:port, IPv6 in brackets", () => {
    expect(parseAddress("b-1.example.com:9096")).toEqual({ host: "b-1.example.com", port: 9096 });
    expect(parseAddress("[::1]:9092")).toEqual({ host: "::1", port: 9092 });
    for (const wrong of ["b-1", "b-1:", ":9092", "b-1:0", "b-1:99999", "a:b:1", "::1:9092"])
      expect(() => parseAddress(wrong)).toThrow(/is not host:port/);
  });
});
