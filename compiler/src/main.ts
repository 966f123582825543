#!/usr/bin/env node
// barets on the command line.

import { runCommandLine } from "./drive/command_line.ts";

process.exitCode = await runCommandLine(process.argv.slice(2));
