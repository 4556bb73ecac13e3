import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';
import { compressAssets } from './compress-assets.ts';

export default defineConfig(({ mode }) => {
  const target = loadEnv(mode, '.', 'TRADEPOST_').TRADEPOST_URL ?? 'http://127.0.0.1:8000';
  return {
    plugins: [react(), compressAssets()],
    // The server puts a fresh nonce in place of this word in every answer that carries index.html.
    html: { cspNonce: '__CSP_NONCE__' },
    // Inlined assets would need `data:` in the policy for fonts and styles.
    build: { outDir: 'dist', assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
    server: {
      proxy: {
        '/api': target,
        '/health': target,
        '/docs': target,
        '/openapi.json': target,
        '/ws': { target, ws: true },
      },
    },
  };
});
