/** The names are an API: state machines match on them. Each is named for the cure. */
export class RetryableFault extends Error {
  override readonly name: string = "RetryableFault";
}

/** A person must change something; the message names the thing and the cure. */
export class OperatorFault extends Error {
  override readonly name: string = "OperatorFault";
}

/** What is stored cannot be read, and asking again leads to the same, until a person has restored it. */
export class UnreadableFault extends OperatorFault {}
