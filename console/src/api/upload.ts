/** Sends a file as the body of a call and says how far it is, which `fetch` cannot of what it sends. */
import { addressOf, CallFailed, headersFor, parseProblem, refused } from './call.ts';
import { type CallInput, type CallOutput, endpoints, type Operation } from './endpoints.ts';

interface UploadOptions {
  /** The same file under the same key is taken once. */
  idempotencyKey: string;
  /** Told the bytes sent so far. */
  onProgress: (sentBytes: number) => void;
  /** Ends it; the promise then stays open, as nobody waits for it any more. */
  signal: AbortSignal;
}

/** Throws `CallFailed` for every answer that is not a success. */
export function upload<K extends Operation>(
  operation: K,
  input: CallInput<K>,
  file: Blob,
  { idempotencyKey, onProgress, signal }: UploadOptions,
): Promise<CallOutput<K>> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(endpoints[operation].split(' ')[0] as string, addressOf(operation, input));
    for (const [name, value] of headersFor(operation)) request.setRequestHeader(name, value);
    request.setRequestHeader('idempotency-key', idempotencyKey);
    // What kind of file it is the server finds in the file itself; systems name it in a dozen ways.
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onerror = () => reject(new CallFailed(0, null));
    request.onload = () => {
      const { status, responseText } = request;
      if (status < 200 || status >= 300)
        return reject(refused(operation, status, parseProblem(responseText)));
      try {
        resolve(JSON.parse(responseText));
      } catch {
        reject(new CallFailed(0, null));
      }
    };
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}
