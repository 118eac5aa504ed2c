import { parentPort, workerData } from 'node:worker_threads';
import { complaintAboutLooseXml } from '../config/loose-xml.ts';

/** A thread that looks at one text and ends. */
parentPort?.postMessage(complaintAboutLooseXml(String(workerData)));
