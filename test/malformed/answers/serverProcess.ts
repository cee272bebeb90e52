import { HostileServer } from './server';

/** A process of its own: what it draws and packs is no memory of the client's. */
process.once('message', (seed: number) => {
  void HostileServer.start(seed).then(({ url }) => process.send?.(url));
});
process.once('disconnect', () => process.exit());
