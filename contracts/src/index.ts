export * from './common.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './money.ts';
export * from './permissions.ts';
export * from './realtime.ts';
export * from './route.ts';
export * from './routes/index.ts';
