/** What goes over a socket. An event is turned into bytes once per process, however many sockets it is meant for. */
import { formatOffset, type LogEvent, type Position } from '#platform/events';

/** One event on its way to sockets. */
export class Frame {
  readonly position: Position;
  readonly channel: string;
  #event: LogEvent;
  #epoch: string;
  #bytes: Buffer | undefined;

  constructor(event: LogEvent, epoch: string) {
    this.position = { xact: event.xact, id: event.id };
    this.channel = event.channel;
    this.#event = event;
    this.#epoch = epoch;
  }

  /** The raw WebSocket's text, as UTF-8. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(eventText(this.#event, this.#epoch));
    return this.#bytes;
  }
}

/** Joined by hand: `data` is JSON text already, and parsing it to print it again is most of the cost of a fan-out. */
function eventText(event: LogEvent, epoch: string): string {
  return `{"id":"${formatOffset(epoch, event)}","channel":"${event.channel}","type":"${event.type}","data":${event.data},"timestamp":"${event.createdAt.toISOString()}"}`;
}
