/** The table of commands. What each does is loaded when it is run, so that help and completion do not wait for it. */
import {
  allPermissions,
  type EventType,
  events,
  type Permission,
  roles,
  taskStates,
} from '@tradepost/contracts';
import { argument, type Command, defineCommand, flag, kinds, option, requiredOption } from './command.ts';
import { moment, momentOrOffset } from './moment.ts';

const { email, id, oneOf, slug, someOf, text, whole } = kinds;

const eventTypes = Object.keys(events) as [EventType, ...EventType[]];
const eventChannels = [...new Set(Object.values(events).map((e) => e.channel))] as [string, ...string[]];

const tenant = option('slug', text(63), 'Slug or id of the tenant; may be left out where there is only one');
const onlyTenant = option('slug', text(63), 'Only of this tenant (slug or id)');
const taskId = argument('id', id, 'Id of the task');
const passwordStdin = flag('Read the password from the first line of the input');
const generatePassword = flag('Make a password and print it once');
const passwordNotes =
  'Without either, the password is asked for on the terminal and not shown. It is never taken from the command line, which ' +
  'others on the machine can read.';

export const commands: readonly Command[] = [
  defineCommand({
    name: 'serve',
    summary: 'Run the server, as `npm start` does',
    notes:
      'It ends as the server does: 0 after Ctrl-C or SIGTERM. --json changes nothing: the log is JSON already, on stderr.',
    examples: ['serve', 'serve 2>> tradepost.log'],
    run: async () => (await import('./run/serve.ts')).serve(),
  }),
  defineCommand({
    name: 'migrate',
    summary: 'Bring the database up to date, as each start of the server does',
    notes:
      'A running server of the release before goes on, unless a file says otherwise in its header. With --plan nothing is written: the exit ' +
      'code is 0 when there is nothing to do and 3 when there is.',
    options: { plan: flag('Only tell what would be applied, and what for') },
    examples: ['migrate --plan', 'migrate'],
    run: async (session, input) => (await import('./run/migrate.ts')).migrateDatabase(session, input),
  }),
  defineCommand({
    name: 'tenant create',
    summary: 'Make a tenant and its location `main`',
    options: {
      name: requiredOption('name', text(100), 'Name of the shop'),
      slug: option('slug', slug, 'Its short name in addresses; made from the name when left out'),
    },
    examples: ['tenant create --name "Ana & Sons"', 'tenant create --name Ana --slug ana --json'],
    run: async (session, input) => (await import('./run/people.ts')).makeTenant(session, input),
  }),
  defineCommand({
    name: 'tenant list',
    summary: 'List the tenants',
    examples: ['tenant list', 'tenant list --json'],
    run: async (session) => (await import('./run/people.ts')).showTenants(session),
  }),
  defineCommand({
    name: 'user create',
    summary: 'Make a person who can sign in, and a member of a tenant',
    notes: passwordNotes,
    options: {
      email: requiredOption('address', email, 'E-mail address, by which they sign in'),
      name: requiredOption('name', text(100), 'Their name'),
      role: requiredOption('role', oneOf(roles), 'What they may do in the tenant'),
      tenant,
      'password-stdin': passwordStdin,
      'generate-password': generatePassword,
    },
    examples: [
      'user create --email ana@shop.example --name Ana --role owner --tenant ana',
      'user create --email dan@shop.example --name Dan --role agent --generate-password',
    ],
    run: async (session, input) => (await import('./run/people.ts')).makeUser(session, input),
  }),
  defineCommand({
    name: 'user reset-password',
    summary: 'Give a person another password; all their sessions end',
    notes: passwordNotes,
    argument: argument('address', email, 'Their e-mail address'),
    options: {
      'password-stdin': passwordStdin,
      'generate-password': generatePassword,
      'remove-two-factor': flag('Turn two-factor off too, for who lost the app and the recovery codes'),
    },
    examples: [
      'user reset-password ana@shop.example',
      'user reset-password ana@shop.example --generate-password',
    ],
    run: async (session, input) => (await import('./run/people.ts')).resetPassword(session, input),
  }),
  defineCommand({
    name: 'keys create',
    summary: 'Make an API key and print it, once',
    options: {
      name: requiredOption('name', text(100), 'What it is for'),
      scopes: requiredOption(
        'scopes',
        someOf(allPermissions as [Permission, ...Permission[]]),
        'Permissions it has, with commas between',
      ),
      expires: option('when', moment, 'When it ends, such as 90d; never when left out'),
      tenant,
    },
    examples: [
      'keys create --tenant ana --name "Shop front" --scopes products.read,inventory.read',
      'keys create --name Till --scopes inventory.write --expires 90d --json',
    ],
    run: async (session, input) => (await import('./run/keys.ts')).makeKey(session, input),
  }),
  defineCommand({
    name: 'keys list',
    summary: 'List the API keys of a tenant, newest first, revoked ones included',
    options: { tenant },
    examples: ['keys list --tenant ana', 'keys list --json'],
    run: async (session, input) => (await import('./run/keys.ts')).showKeys(session, input),
  }),
  defineCommand({
    name: 'keys revoke',
    summary: 'Revoke an API key; it and its sockets end within 5 s',
    argument: argument('id', id, 'Id of the key, as `keys list` shows it'),
    options: { tenant },
    examples: ['keys revoke 0199c2d4-7e21-7b61-9d0f-3f4a8f6f1c55 --tenant ana'],
    run: async (session, input) => (await import('./run/keys.ts')).endKey(session, input),
  }),
  defineCommand({
    name: 'prove',
    summary: 'Prove on this database that stock cannot be oversold',
    notes:
      'Makes a scratch tenant, lets buyers in several processes want more than there is, with repeats, releases, deadlines and ' +
      'processes killed in the middle, opens the books and removes the tenant. Exit code 1 when anything does not hold.',
    options: {
      buyers: option('number', whole(2, 20_000), 'How many want something; 1000 when left out'),
      pieces: option('number', whole(1, 1_000_000), 'How many pieces there are; 500 when left out'),
      processes: option('number', whole(1, 16), 'Processes they come from; 2 when left out'),
      seed: option('number', whole(0, 4_294_967_295), 'Makes the same buyers again'),
    },
    examples: ['prove', 'prove --buyers 5000 --pieces 1000 --processes 4 --json'],
    run: async (session, input) => (await import('./run/prove.ts')).prove(session, input),
  }),
  defineCommand({
    name: 'tasks list',
    summary: 'List background tasks, newest first',
    options: {
      tenant: onlyTenant,
      status: option('status', oneOf(taskStates), 'Only those in this state'),
      type: option('type', text(100), 'Only of this type, such as sync_orders'),
      limit: option('number', whole(1, 200), 'How many; 20 when left out'),
    },
    examples: ['tasks list --status failed', 'tasks list --tenant ana --type sync_orders --limit 5 --json'],
    run: async (session, input) => (await import('./run/tasks.ts')).showTasks(session, input),
  }),
  defineCommand({
    name: 'tasks show',
    summary: 'Show a task, its attempts and its progress',
    notes:
      'With --follow it goes on until the task ends, and the exit code is 0 when it completed and 1 when it failed or was cancelled. ' +
      'Ctrl-C ends the command, not the task.',
    argument: taskId,
    options: { follow: flag('Show its progress, live, until it ends') },
    examples: [
      'tasks show 0199c2d4-7e21-7b61-9d0f-3f4a8f6f1c55',
      'tasks show 0199c2d4-7e21-7b61-9d0f-3f4a8f6f1c55 --follow',
    ],
    run: async (session, input) => (await import('./run/tasks.ts')).showOneTask(session, input),
  }),
  defineCommand({
    name: 'tasks retry',
    summary: 'Run a failed, cancelled or waiting task again now',
    argument: taskId,
    examples: ['tasks retry 0199c2d4-7e21-7b61-9d0f-3f4a8f6f1c55'],
    run: async (session, input) => (await import('./run/tasks.ts')).runAgain(session, input),
  }),
  defineCommand({
    name: 'tasks cancel',
    summary: 'Cancel a task; a running one ends where it is safe',
    argument: taskId,
    examples: ['tasks cancel 0199c2d4-7e21-7b61-9d0f-3f4a8f6f1c55'],
    run: async (session, input) => (await import('./run/tasks.ts')).cancel(session, input),
  }),
  defineCommand({
    name: 'events tail',
    summary: 'Show the events of the log as they are committed',
    notes:
      'Events are in their order, without gap or double. With --json each is one line, with the offset from which `--since` goes on.',
    options: {
      tenant: onlyTenant,
      channel: option('channel', oneOf(eventChannels), 'Only of this channel'),
      type: option('type', oneOf(eventTypes), 'Only of this type'),
      since: option(
        'when',
        momentOrOffset,
        'Begin in the past: 15m, an instant, or after the event with this offset',
      ),
      once: flag('End when all that is there has been shown'),
    },
    examples: [
      'events tail',
      'events tail --tenant ana --channel orders --since 1h',
      'events tail --since 24h --once --json',
    ],
    run: async (session, input) => (await import('./run/events.ts')).tailEvents(session, input),
  }),
  defineCommand({
    name: 'doctor',
    summary: 'Look at settings, database, security, clock and disk, and tell how to mend what is wrong',
    notes:
      'It changes nothing. The exit code is 1 when something is at fault; what is only noticed leaves it 0.',
    examples: ['doctor', 'doctor --json'],
    run: async (session) => (await import('./run/doctor.ts')).examine(session),
  }),
  defineCommand({
    name: 'completion',
    summary: 'Print the completion script of a shell',
    notes:
      'bash: add `source <(tradepost completion bash)` to ~/.bashrc. zsh: the same with zsh in ~/.zshrc, after compinit. fish: save it as ~/.config/fish/completions/tradepost.fish.',
    argument: argument('shell', oneOf(['bash', 'zsh', 'fish']), 'Which shell'),
    examples: ['completion bash', 'completion fish > ~/.config/fish/completions/tradepost.fish'],
    run: async (session, { argument: shell }) => {
      session.print((await import('./completion.ts')).completionScript(shell, commands));
      return 0;
    },
  }),
];
