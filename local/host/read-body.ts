import type { IncomingMessage } from "node:http";

export class BodyTooLarge extends Error {
  override readonly name: string = "BodyTooLarge";
}

/** The whole body of a request, or BodyTooLarge; what is over the limit is read and dropped, so that an answer can be sent. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= limitBytes) chunks.push(chunk);
  }
  if (bytes > limitBytes) throw new BodyTooLarge(`${bytes} bytes, ${limitBytes} are allowed`);
  return Buffer.concat(chunks);
}
