// A JVM under load for as long as the first argument says in seconds: threads that allocate, hand things to each other and wait, under
// whichever collector it was started with. Every wait has a limit; a wake-up that is lost reaches it. Ends with counts of both sides and
// with what the machine's memory was after the first rounds and at the end.
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

public class Soak {
    static final long PATIENCE = 120;
    static final int WARM_UP = 3;
    static volatile boolean stopped;
    static final AtomicLong failures = new AtomicLong();

    interface Work {
        void run() throws Exception;
    }

    /** What one kind of work counts. */
    static final class Part {
        final String name;
        final AtomicLong begun = new AtomicLong(), done = new AtomicLong();

        Part(String name) {
            this.name = name;
        }
    }

    static final Part allocation = new Part("objects kept and found again"), handing = new Part("handed over"), queueing = new Part("queued");
    static final Part waiting = new Part("turns by a condition"), meeting = new Part("barriers"), nothing = new Part("null checks"), parking = new Part("parked");
    static final Part starting = new Part("threads started");
    static final Part[] PARTS = {allocation, handing, queueing, waiting, meeting, nothing, parking, starting};

    static void fail(String what) {
        failures.incrementAndGet();
        System.out.println("failed: " + what);
    }

    static Thread start(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Throwable problem) {
                fail(problem.toString());
                problem.printStackTrace(System.out);
                stopped = true;
            }
        });
        thread.start();
        return thread;
    }

    /** Small and large objects, some of which live for a while, and hold what they were given. */
    static void allocate(int seed) {
        Object[] kept = new Object[512];
        long state = seed;
        while (!stopped) {
            state = state * 6364136223846793005L + 1442695040888963407L;
            int slot = (int) (state >>> 33) & 511;
            if (kept[slot] instanceof long[] numbers) {
                allocation.done.incrementAndGet();
                for (int i = 0; i < numbers.length; i += 17) if (numbers[i] != slot + i) fail("an array has other numbers");
            }
            int length = (state >>> 50) % 97 == 0 ? 20000 : (int) (state >>> 40) & 255;
            long[] fresh = new long[length];
            for (int i = 0; i < length; i++) fresh[i] = slot + i;
            allocation.begun.incrementAndGet();
            kept[slot] = fresh;
        }
        for (Object object : kept) if (object != null) allocation.done.incrementAndGet();
    }

    static void hand(List<Thread> threads) {
        SynchronousQueue<Long> there = new SynchronousQueue<>(), back = new SynchronousQueue<>();
        threads.add(start(() -> {
            for (long value = 0; !stopped; value++) {
                handing.begun.incrementAndGet();
                if (!there.offer(value, PATIENCE, TimeUnit.SECONDS)) throw new Exception("nobody takes what is handed over");
                Long answer = back.poll(PATIENCE, TimeUnit.SECONDS);
                if (answer == null || answer != value + 1) throw new Exception("handed back: " + answer);
                handing.done.incrementAndGet();
            }
            there.offer(-1L, PATIENCE, TimeUnit.SECONDS);
        }));
        threads.add(start(() -> {
            while (true) {
                Long value = there.poll(PATIENCE, TimeUnit.SECONDS);
                if (value == null) throw new Exception("nothing is handed over");
                if (value < 0) break;
                back.offer(value + 1, PATIENCE, TimeUnit.SECONDS);
            }
        }));
    }

    static void queue(List<Thread> threads) {
        BlockingQueue<byte[]> queue = new ArrayBlockingQueue<>(16);
        threads.add(start(() -> {
            for (int i = 0; !stopped; i++) {
                byte[] item = new byte[1 + i % 3000];
                item[item.length - 1] = (byte) i;
                queueing.begun.incrementAndGet();
                if (!queue.offer(item, PATIENCE, TimeUnit.SECONDS)) throw new Exception("the queue stays full");
            }
            queue.offer(new byte[0], PATIENCE, TimeUnit.SECONDS);
        }));
        threads.add(start(() -> {
            for (int i = 0;; i++) {
                byte[] item = queue.poll(PATIENCE, TimeUnit.SECONDS);
                if (item == null) throw new Exception("the queue stays empty");
                if (item.length == 0) break;
                if (item.length == 1 + i % 3000 && item[item.length - 1] == (byte) i) queueing.done.incrementAndGet();
            }
        }));
    }

    static void takeTurns(List<Thread> threads) {
        ReentrantLock lock = new ReentrantLock();
        Condition changed = lock.newCondition();
        int[] turn = {0};
        for (int own = 0; own < 2; own++) {
            int mine = own;
            threads.add(start(() -> {
                lock.lock();
                try {
                    while (!stopped) {
                        long left = TimeUnit.SECONDS.toNanos(PATIENCE);
                        while (turn[0] % 2 != mine && !stopped) {
                            left = changed.awaitNanos(left);
                            if (left <= 0) throw new Exception("a condition is not signalled");
                        }
                        waiting.begun.incrementAndGet();
                        turn[0]++;
                        changed.signal();
                        waiting.done.incrementAndGet();
                    }
                    changed.signalAll();
                } finally {
                    lock.unlock();
                }
            }));
        }
    }

    static void meet(List<Thread> threads) {
        boolean[] end = {false};
        CyclicBarrier barrier = new CyclicBarrier(3, () -> {
            meeting.begun.incrementAndGet();
            end[0] = stopped;
        });
        for (int i = 0; i < 3; i++) {
            boolean counts = i == 0;
            threads.add(start(() -> {
                while (!end[0]) {
                    barrier.await(PATIENCE, TimeUnit.SECONDS);
                    if (counts) meeting.done.incrementAndGet();
                }
            }));
        }
    }

    static void checkNull() {
        for (long i = 0; !stopped; i++) {
            String text = i % 3 == 0 ? null : "text";
            nothing.begun.incrementAndGet();
            try {
                if (text.length() == 4) nothing.done.incrementAndGet();
            } catch (NullPointerException expected) {
                nothing.done.incrementAndGet();
            }
            if (i % 1000 == 0) Thread.yield();
        }
    }

    static void park(List<Thread> threads) {
        AtomicLong asked = new AtomicLong(), answered = new AtomicLong();
        Thread sleeper = start(() -> {
            while (!stopped) {
                while (asked.get() == answered.get() && !stopped) LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(PATIENCE));
                answered.set(asked.get());
            }
            answered.set(Long.MAX_VALUE);
        });
        threads.add(sleeper);
        threads.add(start(() -> {
            while (!stopped) {
                parking.begun.incrementAndGet();
                long question = asked.incrementAndGet();
                LockSupport.unpark(sleeper);
                long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE) / 2;
                while (answered.get() < question) {
                    Thread.onSpinWait();
                    if (System.nanoTime() > limit) throw new Exception("a parked thread is not woken");
                }
                parking.done.incrementAndGet();
                Thread.sleep(0, 100_000);
            }
            LockSupport.unpark(sleeper);
        }));
    }

    static void startThreads() throws Exception {
        while (!stopped) {
            Thread[] batch = new Thread[8];
            for (int i = 0; i < batch.length; i++) {
                starting.begun.incrementAndGet();
                batch[i] = new Thread(starting.done::incrementAndGet);
                batch[i].start();
            }
            for (Thread thread : batch) {
                thread.join(TimeUnit.SECONDS.toMillis(PATIENCE));
                if (thread.isAlive()) throw new Exception("a thread does not end");
            }
        }
    }

    static void runRound(long seconds) throws Exception {
        stopped = false;
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int seed = i + 1;
            threads.add(start(() -> allocate(seed)));
        }
        hand(threads);
        queue(threads);
        takeTurns(threads);
        meet(threads);
        park(threads);
        threads.add(start(Soak::checkNull));
        threads.add(start(Soak::startThreads));
        Thread.sleep(seconds * 1000);
        stopped = true;
        for (Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(2 * PATIENCE));
            if (thread.isAlive()) fail("a thread does not end: " + List.of(thread.getStackTrace()));
        }
        System.gc();
    }

    /** Kilobytes of lines of /proc/meminfo: in all, in use. */
    static long[] measure() throws Exception {
        long total = 0, free = 0;
        for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
            String[] words = line.split("\\s+");
            if (words[0].equals("MemTotal:")) total = Long.parseLong(words[1]);
            if (words[0].equals("MemFree:")) free = Long.parseLong(words[1]);
        }
        return new long[] {total, total - free};
    }

    public static void main(String[] args) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.parseLong(args[0]));
        long length = args.length > 1 ? Long.parseLong(args[1]) : 15;
        long first = 0;
        for (int round = 1; round <= WARM_UP + 1 || System.nanoTime() < end; round++) {
            runRound(length);
            if (round == WARM_UP) first = measure()[1];
            System.out.println("round " + round + ": " + measure()[1] + " kB in use");
            if (failures.get() != 0) break;
        }
        long[] last = measure();
        for (Part part : PARTS) {
            System.out.printf("%-30s %12d begun %12d done%n", part.name, part.begun.get(), part.done.get());
            if (part.begun.get() != part.done.get()) fail(part.name);
        }
        System.out.println("memory in use: " + first + " kB after round " + WARM_UP + ", " + last[1] + " kB at the end, of " + last[0] + " kB");
        if (Math.abs(last[1] - first) > last[0] / 100) fail("memory in use");
        System.out.println(failures.get() + " failures");
        System.exit(failures.get() == 0 ? 0 : 1);
    }
}
