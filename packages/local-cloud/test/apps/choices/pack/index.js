/** Packs a parcel; glass breaks. */
exports.handler = async ({ note }) => {
  if (note === 'glass') throw Object.assign(new Error('It broke'), { name: 'Broken' });
  return 'packed';
};
