/** GET /hello */
export const handler = async () => ({ hello: 'world' });
