// Who waits for the console, in either direction: a terminal is one file for both, and a file has one queue.

import { WaitQueue } from "../sched/wait_queue.ts";

export const consoleQueue = new WaitQueue();
