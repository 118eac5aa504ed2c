/** Lines of a node that begin and end what is measured. */
export const CONNECTED = /^\[Main\] Successfully connected/;
export const CHECK_STARTING = /^\[Integrity check\] Starting/;
export const CHECK_FINISHED = /^\[Integrity check\] Finished in ([\d.]+)s\. Sync not required/;
export const SYNC_FINISHED = /^\[Integrity sync\] Finished/;
export const SCAN_FINISHED = /^\[Local integrity\] Finished in ([\d.]+)s/;
export const KEEPALIVE_ANSWERED = /^\[Keep Alive\] Successful response/;
/** The port for workers, not that of the local socket. */
export const SERVING = /^\[Main\] Serving on 127\.0\.0\.1:/;
export const AGENT_INFO_FINISHED = /^\[Agent-info sync\] Finished in/;
/** Of the HTTP API, with the port. */
export const API_LISTENING = /^\[Main\] Listening on http:\/\/127\.0\.0\.1:(\d+) /;
