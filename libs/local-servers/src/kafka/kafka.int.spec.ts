import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { hold } from '../../test/holder.js';
import { ownServers } from '../../test/own-servers.js';
import { startMark } from '../processes.js';
import { obtainKafka, requireKafka } from './kafka.js';

const { options, lines, before, after } = ownServers();
const inFolder = (name: string) => readFileSync(join(options.dataDir, 'kafka', name), 'utf8');

beforeAll(before);
afterAll(after);

/** Whether something listens there. */
function answers(broker: string): Promise<boolean> {
  const [host, port] = broker.split(':');
  return new Promise((done) => {
    const socket = connect(Number(port), host);
    socket.once('connect', () => done(socket.destroy() !== undefined));
    socket.once('error', () => done(false));
  });
}

describe('a Kafka on this machine', () => {
  it('is the same cluster on the same port from one run to the next, also after its process was killed', async () => {
    const holder = await hold(options.dataDir, 'kafka');
    const [broker = ''] = holder.brokers ?? [];
    expect(await answers(broker)).toBe(true);
    const cluster = inFolder('data/meta.properties');
    const orphan = Number(inFolder('server.pid'));
    await holder.end('SIGKILL');
    expect(startMark(orphan)).toBeDefined();

    const server = await obtainKafka(options);
    expect(server).toMatchObject({ brokers: [broker], origin: 'embedded' });
    expect(startMark(orphan)).toBeUndefined();
    expect(lines).toContain(`Kafka: ending process ${orphan}, left behind by an earlier run`);
    expect(inFolder('data/meta.properties')).toContain(/cluster\.id=.*/.exec(cluster)?.[0]);
    await server?.stop();
    expect(await answers(broker)).toBe(false);
  }, 60_000);

  it('is missing, in one line, where there is no Java', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    await expect(requireKafka(options)).rejects.toThrow('no Java 17+ found: install it, or set KAFKA_BROKERS');
    expect(await obtainKafka(options)).toBeUndefined();
    expect(lines.at(-1)).toBe('Kafka: none (no Java 17+ found: install it, or set KAFKA_BROKERS)');
    process.env['PATH'] = path;
  });
});
