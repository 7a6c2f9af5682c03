// Runs the README's own JavaScript, given on standard input, with the npm package `ws` as the
// browser's WebSocket. Arguments: the token.
import { WebSocket } from 'ws';

globalThis.WebSocket = WebSocket;
globalThis.TOKEN = process.argv[2];

let source = '';
for await (const chunk of process.stdin) source += chunk;
(0, eval)(source);
