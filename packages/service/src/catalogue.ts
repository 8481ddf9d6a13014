import type { Catalog, FamilyDeclaration, Registry } from '@alex/openmetrics';

/** Declares every family of a catalogue, in its order. Throws where a declaration is wrong. Returns the registry. */
export function declareCatalogue(registry: Registry, catalogue: Catalog): Registry {
  for (const declaration of Object.values(catalogue)) declare(registry, declaration);
  return registry;
}

function declare(registry: Registry, declaration: FamilyDeclaration): void {
  const { labelNames = [], states = [] } = declaration;
  switch (declaration.type) {
    case 'counter':
      registry.counter({ ...declaration, type: 'counter', labelNames });
      break;
    case 'gauge':
      registry.gauge({ ...declaration, type: 'gauge', labelNames });
      break;
    case 'updowncounter':
      registry.upDownCounter({ ...declaration, type: 'updowncounter', labelNames });
      break;
    case 'histogram':
      registry.histogram({ ...declaration, type: 'histogram', labelNames });
      break;
    case 'info':
      registry.info({ ...declaration, type: 'info', labelNames });
      break;
    case 'stateset':
      registry.stateSet({ ...declaration, type: 'stateset', labelNames, states });
      break;
  }
}
