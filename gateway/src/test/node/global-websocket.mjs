// Before Node 22, a program imports WebSocket; what it prints for browsers and Node 22 needs one.
import { WebSocket } from 'ws';

globalThis.WebSocket ??= WebSocket;
