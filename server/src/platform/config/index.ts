export { type Config, ConfigError, configExitCode, loadConfig } from './load.ts';
export { configurationReference } from './reference.ts';
export { loadOrMakeSecret } from './secret.ts';
