import { firstOf } from './choice.js';
import { dockerAnswers } from './docker.js';
import { obtainKafka } from './kafka/kafka.js';
import { MissingPart } from './missing-part.js';
import { obtainPostgres } from './postgres/postgres.js';

const { PIOCHE_POSTGRES_URL: postgres, KAFKA_BROKERS: kafka } = process.env;
const lines: string[] = [];
const options = { dataDir: '/nowhere/at/all', log: (line: string) => void lines.push(line) };

afterEach(() => {
  for (const [name, value] of Object.entries({ PIOCHE_POSTGRES_URL: postgres, KAFKA_BROKERS: kafka })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

describe('which server is taken', () => {
  it('is the first that can be had; the others are not asked', async () => {
    const asked: string[] = [];
    const way = (name: string, server?: string) => async () => {
      asked.push(name);
      return server;
    };
    expect(await firstOf([way('environment'), way('docker', 'a container'), way('embedded', 'a child')])).toBe('a container');
    expect(asked).toEqual(['environment', 'docker']);
    expect(await firstOf([way('environment'), way('docker')])).toBeUndefined();
  });

  it('is the one that the environment names, before any other', async () => {
    process.env['PIOCHE_POSTGRES_URL'] = 'postgres://someone:secret@db.example:5432/postgres';
    process.env['KAFKA_BROKERS'] = 'one.example:9092, two.example:9092';
    expect(await obtainPostgres(options)).toMatchObject({ origin: 'environment', url: process.env['PIOCHE_POSTGRES_URL'] });
    expect(await obtainKafka(options)).toMatchObject({ origin: 'environment', brokers: ['one.example:9092', 'two.example:9092'] });
    expect(lines).toEqual(['PostgreSQL: db.example:5432 (PIOCHE_POSTGRES_URL)', 'Kafka: one.example:9092, two.example:9092 (KAFKA_BROKERS)']);
  });

  it('is refused in one line where the environment names no server', async () => {
    process.env['PIOCHE_POSTGRES_URL'] = 'localhost';
    await expect(obtainPostgres(options)).rejects.toThrow(MissingPart);
  });

  it('is not Docker where no engine answers, and that is known within a second', async () => {
    const started = Date.now();
    expect(await dockerAnswers({ DOCKER_HOST: 'unix:///nowhere/docker.sock' })).toBe(false);
    expect(await dockerAnswers({ DOCKER_HOST: 'tcp://192.0.2.1:2375' })).toBe(false); // TEST-NET-1 (RFC 5737): never answers
    expect(Date.now() - started).toBeLessThan(1_000);
  });
});
