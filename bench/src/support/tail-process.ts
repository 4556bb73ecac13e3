/** A process that only tails the log of DATABASE_URL. Says `tailing` once it does; ends with its parent. */
import { InProcessBus } from '../../../server/src/platform/bus/index.ts';
import { Tail } from '../../../server/src/platform/events/index.ts';

const tail = new Tail({ url: process.env.DATABASE_URL!, bus: new InProcessBus() });
await tail.start();
process.stdout.write('tailing\n');
process.stdin.on('close', () => process.exit(0)).resume();
