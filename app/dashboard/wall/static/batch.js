// One message of the server: what every tile says, and the pictures that are new.
//
//   4 bytes   length of the header, big-endian
//   header    UTF-8 JSON: number, server_at, stale_since, ticket, tiles[], pictures[] (each with its length)
//   pictures  JPEG, one after the other, in the order of the header

export function decodeBatch(buffer) {
  const headerLength = new DataView(buffer).getUint32(0);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, headerLength)));
  let offset = 4 + headerLength;
  for (const picture of header.pictures) {
    picture.blob = new Blob([new Uint8Array(buffer, offset, picture.length)], { type: "image/jpeg" });
    offset += picture.length;
  }
  return header;
}
