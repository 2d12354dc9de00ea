/** Durable as in production; sized for many services and test workers on one machine. */
export const SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'on',
  synchronous_commit: 'on',
  max_connections: '300',
  shared_buffers: '256MB',
  wal_compression: 'on',
  max_wal_size: '4GB',
  log_checkpoints: 'off',
};

/** The settings as arguments of `postgres`. */
export function asArguments(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
