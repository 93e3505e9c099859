/** The parts of dynalite 4 that are used without its HTTP server; it ships no types. */
declare module 'dynalite/db/index.js' {
  const db: {
    create(options: {
      path?: string;
      createTableMs?: number;
      deleteTableMs?: number;
      updateTableMs?: number;
    }): import('./dynalite.ts').Store;
    createKey(item: import('./dynalite.ts').Item, table: import('./dynalite.ts').Table): string;
    validateKey(
      key: import('./dynalite.ts').Item,
      table: import('./dynalite.ts').Table,
    ): import('./dynalite.ts').DynaliteError | undefined;
    itemSize(item: import('./dynalite.ts').Item): number;
  };
  export default db;
}

declare module 'dynalite/validations/index.js' {
  const validations: {
    checkTypes(data: object, types: object): Record<string, unknown>;
    checkValidations(data: object, types: object, custom: unknown, store: object): void;
  };
  export default validations;
}
