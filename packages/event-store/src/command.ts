import type { Command } from '@alex/service';

/** `event-store`: its subcommands are loaded when they are called. */
export const command: Command = {
  name: 'event-store',
  summary: 'AllSource: an event store with its control plane, and a load to put on them.',
  examples: ['alex-obs event-store core', 'alex-obs event-store control-plane', 'alex-obs event-store load'],
  subcommands: [
    {
      name: 'core',
      summary: 'Runs the event store on port 8080.',
      load: async () => (await import('./commands/core.ts')).coreCommand,
    },
    {
      name: 'control-plane',
      summary: 'Runs the control plane of an event store on port 8081.',
      load: async () => (await import('./commands/control-plane.ts')).controlPlaneCommand,
    },
    {
      name: 'load',
      summary: 'Puts a realistic load on an event store and shows throughput and latencies live.',
      load: async () => (await import('./commands/load.ts')).loadCommand,
    },
    {
      name: 'export',
      summary: 'Prints every event of a store as a line of JSON, in order.',
      load: async () => (await import('./commands/export.ts')).exportCommand,
    },
    {
      name: 'import',
      summary: 'Stores the events of an export.',
      load: async () => (await import('./commands/import.ts')).importCommand,
    },
    {
      name: 'backup',
      summary: 'Copies a store, verified.',
      load: async () => (await import('./commands/backup.ts')).backupCommand,
    },
    {
      name: 'verify',
      summary: 'Reads every file of a store and says which are damaged.',
      load: async () => (await import('./commands/verify.ts')).verifyCommand,
    },
  ],
};
