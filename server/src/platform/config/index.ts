export { type Config, ConfigError, configExitCode, loadConfig, type ProcessRole } from './load.ts';
export { configurationReference } from './reference.ts';
export { loadOrMakeSecret } from './secret.ts';
