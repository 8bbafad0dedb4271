/** Refusal of an ECS call; `name` is the exception's name on the wire. */
export class EcsError extends Error {
  override readonly name: string;
  constructor(
    name:
      | "ClientException"
      | "InvalidParameterException"
      | "ClusterNotFoundException"
      | "ServiceNotFoundException"
      | "ServiceNotActiveException",
    message: string,
  ) {
    super(message);
    this.name = name;
  }
}
