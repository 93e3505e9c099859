/** The price of one line of a parcel; an unknown product is refused. */
exports.handler = async ({ line, sku, quantity }) => {
  const prices = { book: 1250, pen: 199 };
  if (prices[sku] === undefined)
    throw Object.assign(new Error(`No such product: ${sku}`), { name: 'UnknownProduct' });
  return { line, amount: prices[sku] * quantity };
};
