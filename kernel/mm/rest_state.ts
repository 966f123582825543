// Whether a CPU rests, so that it need not be interrupted to drop stale translations: it drops them before it goes on.
//
//            rest                     mustInterrupt: no
//   Active ────────▶ Resting ───────────────────────────────▶ Resting, stale
//     ▲ ▲               │                                          │
//     │ └───────────────┘ resume: nothing to drop                  │ resume: drop them
//     └────────────────────────────────────────────────────────────┘
//
// The page tables are changed before mustInterrupt(), and the CPU resumes before it touches application memory again: either
// it is seen as active and is interrupted, or it sees that its translations are stale.
// Each step is one atomic instruction, so there is no moment between looking at the state and changing it. A CPU that is active
// may be marked stale as well, which means nothing: it was interrupted, and rest() forgets the mark.
//
// Pure: the CPU's own part, and the interrupt, are resting_cpus.ts and flush.ts.

const ACTIVE = 0;
const RESTING = 1;
const STALE = 2;

/** The state of one CPU. */
export class RestState {
  private readonly state = new Atomic<u32>(ACTIVE);

  /** The CPU touches no application memory until it resumes. Called by itself. */
  rest(): void {
    this.state.store(RESTING);
  }

  /** The CPU goes on. Called by itself. @returns whether it must drop its translations first */
  resume(): boolean {
    return (this.state.exchange(ACTIVE) & STALE) !== 0;
  }

  /** Page tables have changed: says whether the CPU must be interrupted to drop translations, or will drop them by itself. Called by others. */
  mustInterrupt(): boolean {
    return (this.state.or(STALE) & RESTING) === 0;
  }
}
