/** The rules of the house. Each says why, so that whoever breaks one knows what to do instead. */
const contexts = 'inventory|scheduling|billing|sovereignty|lab';
/** Folders of a context that are not domain: everything else under src/ is an aggregate's, and pure. */
const outer = 'read-models|reactions|agent-api|dispatch|http|audit|queries|timers|permit';

module.exports = {
  forbidden: [
    {
      name: 'kernel-imports-nothing-of-ours',
      comment: 'libs/kernel is what everything else stands on.',
      severity: 'error',
      from: { path: '^libs/kernel/' },
      to: { path: '^(libs|services)/', pathNot: '^libs/kernel/' },
    },
    {
      name: 'contracts-import-kernel-only',
      comment: 'Contracts are what contexts share: schemas and meanings, no machinery.',
      severity: 'error',
      from: { path: '^libs/contracts/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(libs|services)/', pathNot: '^libs/(kernel|contracts)/' },
    },
    {
      name: 'libraries-know-no-service',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^services/' },
    },
    {
      name: 'contexts-meet-in-contracts-only',
      comment: 'What a context needs of another it replicates from events.',
      severity: 'error',
      from: { path: `^services/(${contexts})/` },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'A decider knows the kernel and the schemas: no Nest, no SQL, no Kafka, no I/O.',
      severity: 'error',
      from: { path: `^services/(${contexts})/src/[^/]+/`, pathNot: [`^services/[^/]+/src/(${outer})/`, '\\.spec\\.ts$'] },
      to: { path: ['@nestjs', 'node_modules/typeorm', 'node_modules/pg/', 'node_modules/kafkajs', 'node_modules/fastify', '^libs/(event-store|event-bus|projections|service-kit)/'] },
    },
    {
      name: 'engine-is-alone',
      comment: 'The service and the simulator drive the same engine: it depends on nothing but the kernel.',
      severity: 'error',
      from: { path: '^services/scheduling/src/engine/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^services/scheduling/src/engine/', '^libs/kernel/'] },
    },
    {
      name: 'simulator-drives-the-engine',
      comment: 'It is a thin driver: the engine of the service, and traces.',
      severity: 'error',
      from: { path: '^simulator/' },
      to: { path: '^(libs|services)/', pathNot: '^(libs/(kernel|traces)|services/scheduling/src/engine)/' },
    },
    {
      name: 'kafkajs-behind-the-broker-port',
      comment: 'It is unmaintained: another client must be able to replace it.',
      severity: 'error',
      from: { path: '^(libs|services|simulator)/', pathNot: ['^libs/event-bus/', '\\.spec\\.ts$'] },
      to: { path: 'node_modules/kafkajs' },
    },
    {
      name: 'platform-imports-modules-only',
      comment: 'It hosts the five contexts; what is inside them is their own.',
      severity: 'error',
      from: { path: '^services/platform/src/' },
      to: { path: `^services/(${contexts})/src/`, pathNot: `^services/(${contexts})/src/(index|\\w+\\.module)\\.ts$` },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['@pioche/source', 'import', 'node', 'default'], extensions: ['.ts', '.js', '.mjs', '.json'] },
  },
};
