// The last stop before the application: what is pending for the current thread takes effect.
//
// Called by arch on the way back to the application (setApplicationWorkHandler), with the complete frame, when the thread has
// been asked to look (interruptThread). Several signals stack up: the handler of the last one runs first, as on Linux.
//
// A system call that a signal interrupted shows here as one of Errno's codes above 511 in rax. It is started again (rip goes
// back over the two bytes of `syscall`, rax is the number again) or ends with EINTR, as the code and the action's SA_RESTART say.

import { type TrapFrame, VECTOR_SYSTEM_CALL } from "../arch/x86_64/trap_frame.ts";
import { Errno, errorCode } from "../lib/errno.ts";
import { log, logOnce } from "../lib/log.ts";
import { currentThread } from "../sched/thread.ts";
import { mendSequence } from "./restartable_sequence.ts";
import { copyAction, signalAction } from "./signal_actions.ts";
import { endBySignal } from "./signal_death.ts";
import { enterHandler, leaveHandler } from "./signal_frame.ts";
import { ActionFlag, HANDLER_DEFAULT, HANDLER_IGNORE, SignalAction } from "./signal_layout.ts";
import { DefaultAction, defaultAction, Signal, SignalCode, signalName } from "./signal_numbers.ts";
import { SentSignal, signalLock, takePending } from "./signal_queue.ts";
import { forceSignal, setSignalMask } from "./signal_send.ts";
import { traceSignal } from "./trace_signal.ts";

/** Length of the `syscall` instruction. */
const SYSTEM_CALL_INSTRUCTION = 2;

/**
 * Delivers signals to the current thread. Interrupts are enabled; may sleep on the application's pages.
 * @param frame complete; changed when a handler is to run
 */
export function returnToApplication(frame: TrapFrame): void {
  const thread = currentThread();
  mendSequence(thread, frame);
  let interrupted = frame.vector === VECTOR_SYSTEM_CALL && isRestartCode(frame.rax);
  const sent = new SentSignal();
  const action = new SignalAction();
  while (takePending(thread, ~thread.signalMask, sent)) {
    takeAction(sent.signal, action);
    traceSignal(sent);
    if (action.handler === HANDLER_IGNORE) continue;
    if (action.handler === HANDLER_DEFAULT) {
      takeDefaultAction(frame, sent);
      continue;
    }
    if (interrupted) {
      interrupted = false;
      endCall(frame, (action.flags & ActionFlag.Restart) !== 0);
    }
    if (!enterHandler(frame, sent, action)) {
      log(`there is no room on the stack for the handler of ${signalName(sent.signal)}`);
      // A handler for SIGSEGV that cannot run either must not be tried again.
      if (sent.signal === Signal.SEGV) signalAction(Signal.SEGV).handler = HANDLER_DEFAULT;
      forceSignal(Signal.SEGV, i32(SignalCode.Kernel), 0, 0, 0);
    }
  }
  if (interrupted) restartCall(frame);
  if (thread.restoreSignalMask) {
    thread.restoreSignalMask = false;
    setSignalMask(thread.savedSignalMask);
  }
}

/**
 * rt_sigreturn(2). Its result is the interrupted code's rax.
 * @export linux_return_from_signal_with_frame
 */
export function returnFromSignal(frame: TrapFrame): i64 {
  // What is restored is no system call that could be started again.
  frame.vector = 0;
  if (!leaveHandler(frame)) forceSignal(Signal.SEGV, i32(SignalCode.Kernel), 0, 0, 0);
  return i64(frame.rax);
}

/** Copies the action of a signal that is being delivered, and resets it when it is for once. */
function takeAction(signal: u32, copy: SignalAction): void {
  using _ = signalLock().acquire();
  const action = signalAction(signal);
  copyAction(copy, action);
  const isHandler = action.handler !== HANDLER_DEFAULT && action.handler !== HANDLER_IGNORE;
  if (isHandler && (action.flags & ActionFlag.ResetHandler) !== 0) action.handler = HANDLER_DEFAULT;
}

function takeDefaultAction(frame: TrapFrame, sent: SentSignal): void {
  switch (defaultAction(sent.signal)) {
    case DefaultAction.Ignore:
      return;
    case DefaultAction.Stop:
      logOnce("signal stop", `${signalName(sent.signal)} does not stop the application: nobody could continue it`);
      return;
    case DefaultAction.Terminate:
      endBySignal(frame, sent);
  }
}

/** Whether a call's result asks for its restart. */
function isRestartCode(result: u64): boolean {
  const code = i64(result);
  return code <= errorCode(Errno.RESTARTSYS) && code >= errorCode(Errno.RESTARTNOHAND);
}

/** Before the first handler: the call goes on after it, or ends with EINTR. */
function endCall(frame: TrapFrame, restart: boolean): void {
  const code = i64(frame.rax);
  const isRestarted = code === errorCode(Errno.RESTARTNOINTR) || (restart && code === errorCode(Errno.RESTARTSYS));
  if (isRestarted) restartCall(frame);
  else frame.rax = u64(errorCode(Errno.INTR));
}

function restartCall(frame: TrapFrame): void {
  frame.rax = frame.error;
  frame.rip -= SYSTEM_CALL_INSTRUCTION;
}
