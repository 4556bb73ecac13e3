/** What a peer's process answers with: the bench sends it a load, and it does that to its hot SKU. */

export interface PeerLoad {
  callers: number;
  seconds: number;
}

export interface PeerReport {
  perSecond: number;
  /** How often in this run what the peer is known to suffer from happened: the bench says what that is. */
  suffered: number;
}

/** Answers each load that the parent sends until the parent goes; what `run` throws is told to it. */
export function servePeer(run: (load: PeerLoad) => Promise<PeerReport>): void {
  process.on('message', async (load: PeerLoad) => {
    process.send!(await run(load).catch((error: Error) => ({ failed: error.message })));
  });
  process.on('disconnect', () => process.exit(0));
  process.send!({ ready: true });
}
