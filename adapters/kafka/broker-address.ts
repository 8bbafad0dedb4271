import { OperatorFault } from "#core/fault.ts";

export type BrokerAddress = { readonly host: string; readonly port: number };

export const addressKey = ({ host, port }: BrokerAddress): string => `${host}:${port}`;

/** `host:port`; a bracketed IPv6 address is taken without its brackets. Anything else is an OperatorFault. */
export function parseAddress(server: string): BrokerAddress {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(server.trim());
  const host = found?.[1] ?? found?.[2];
  const port = Number(found?.[3]);
  if (host === undefined || port < 1 || port > 65_535)
    throw new OperatorFault(`Bootstrap server "${server}" is not host:port; expected for example b-1.example.com:9096`);
  return { host, port };
}
