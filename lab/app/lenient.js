// An application of Node.js whose parser was told to be lenient: it takes what
// other servers refuse. It logs each request that it believes to have got.
//
//     node lab/app/lenient.js ADDRESS PORT
'use strict';

const http = require('node:http');

const [address, port] = process.argv.slice(2);

http.createServer({ insecureHTTPParser: true }, (request, response) => {
  let length = 0;
  request.on('data', (data) => { length += data.length; });
  request.on('end', () => {
    console.log(`${request.method} ${request.url} with ${length} bytes`);
    response.end(`${request.method} ${request.url}\n`);
  });
}).listen(Number(port), address);
