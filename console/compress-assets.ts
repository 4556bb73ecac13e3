/** Lays a brotli and a gzip form beside each built text asset, so that the server compresses nothing while it serves. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/** What fits one packet gains nothing. */
const WORTH_BYTES = 1_024;

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

export function compressAssets(): Plugin {
  let dir = '';
  return {
    name: 'compress-assets',
    apply: 'build',
    configResolved: (config) => {
      dir = resolve(config.root, config.build.outDir, config.build.assetsDir);
    },
    closeBundle: async () => {
      const names = (await readdir(dir)).filter((name) => /\.(js|css|svg)$/.test(name));
      for (const name of names) {
        const plain = await readFile(join(dir, name));
        if (plain.length < WORTH_BYTES) continue;
        const params = { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
        await writeFile(join(dir, `${name}.br`), await brotli(plain, { params }));
        await writeFile(join(dir, `${name}.gz`), await zip(plain, { level: 9 }));
      }
    },
  };
}
