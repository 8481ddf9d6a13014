import { registerHooks } from 'node:module';

// In the repository, the packages run from their source; without this, node would look for what a build has left behind.
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, { ...context, conditions: ['@alex/source', ...context.conditions] }),
});

const { runMain } = await import('@alex/service');
const [name] = process.argv.slice(2);
if (name === 'model-server') {
  process.argv.splice(2, 1);
  await runMain((await import('./commands/model-server.ts')).modelServerCommand);
} else {
  await runMain((await import('./commands/agent.ts')).agentCommand);
}
