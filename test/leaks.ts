/** The base64 of any text that contains this one has one of these in it. */
function base64Forms(text: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from('x'.repeat(offset) + text).toString('base64');
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + Buffer.byteLength(text)) * 8) / 6));
  });
}

/** Every text in which this secret can be read. */
export function readableForms(secret: string): string[] {
  return [...new Set([secret, encodeURIComponent(secret), ...base64Forms(secret)])];
}
