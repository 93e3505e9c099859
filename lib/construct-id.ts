/** The construct id of a stage or an operation, as the AWS console shows it: `order-creation` → `OrderCreation`. */
export const constructIdOf = (name: string): string =>
  name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
