/** The log: JSON lines on stderr. stdout belongs to `ready …` and what a person reads at the start. */
import { type DestinationStream, type Logger, pino } from 'pino';

const secretFields = ['authorization', 'cookie', 'password', 'token', 'key', 'secret'];

export function createLogger(
  options: { level: string; environment: string },
  // Synchronous: the last lines before an exit are the ones that matter.
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Logger {
  return pino(
    {
      level: options.level,
      base: { pid: process.pid, env: options.environment },
      redact: {
        paths: [
          ...secretFields.flatMap((field) => [field, `*.${field}`]),
          '*.headers.authorization',
          '*.headers.cookie',
          '*.headers["x-csrf-token"]',
        ],
        censor: '[hidden]',
      },
      serializers: { err: serializeError },
    },
    destination,
  );
}

/** Database errors carry statements, parameters and rows; none of them belongs in a log. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, constraint } = error as { code?: string; constraint?: string };
  return {
    type: error.name,
    message: error.message,
    ...(code !== undefined && { code }),
    ...(constraint !== undefined && { constraint }),
    stack: error.stack,
    ...(error.cause instanceof Error && { cause: serializeError(error.cause) }),
  };
}
