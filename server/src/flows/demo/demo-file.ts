/** DATA_DIR/demo.json: everything a person or program needs to try the demo. It is the only place its secrets are kept. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '#platform/files';
import type { SimulatorAccount } from './simulator-process.ts';

const DemoTenant = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  email: z.string(),
  password: z.string(),
  apiKey: z.string(),
});
export type DemoTenant = z.infer<typeof DemoTenant>;

const fileName = 'demo.json';

/** Tenants of the file; none when it is missing or not whole. */
export async function readDemoTenants(dataDir: string): Promise<DemoTenant[]> {
  try {
    return z
      .object({ tenants: z.array(DemoTenant) })
      .parse(JSON.parse(await readFile(join(dataDir, fileName), 'utf8'))).tenants;
  } catch {
    return [];
  }
}

export async function writeDemoFile(
  dataDir: string,
  content: { url: string; tenants: DemoTenant[]; simulator: { url: string; accounts: SimulatorAccount[] } },
): Promise<void> {
  await replaceFile(join(dataDir, fileName), `${JSON.stringify(content, null, 2)}\n`);
}

export async function removeDemoFile(dataDir: string): Promise<void> {
  await rm(join(dataDir, fileName), { force: true });
}
