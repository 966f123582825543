// Threads that allocate, lock, wait and throw, under whichever collector the JVM was started with.
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

public class Threads {
    static final AtomicLong total = new AtomicLong();
    static long guarded = 0;

    /** Builds and drops maps, so that collections happen while the other threads run. */
    static long churn(int seed, int rounds) {
        long sum = 0;
        List<Map<Integer, String>> kept = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            Map<Integer, String> map = new HashMap<>();
            for (int key = 0; key < 500; key++) map.put(key * seed, "value " + key);
            sum += map.get(seed).length() + map.size();
            if (round % 50 == 0) kept.add(map);
        }
        for (Map<Integer, String> map : kept) sum += map.size();
        return sum;
    }

    static int nullChecks(int rounds) {
        int caught = 0;
        for (int round = 0; round < rounds; round++) {
            String text = round % 3 == 0 ? null : "text";
            try {
                caught += text.length() > 100 ? 1 : 0;
            } catch (NullPointerException expected) {
                caught++;
            }
        }
        return caught;
    }

    static int depth(int level) {
        return depth(level + 1) + 1;
    }

    public static void main(String[] args) throws Exception {
        int threads = Integer.parseInt(args[0]);
        int rounds = Integer.parseInt(args[1]);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Future<Long>> futures = new ArrayList<>();
        for (int thread = 1; thread <= threads; thread++) {
            int seed = thread;
            futures.add(pool.submit(() -> churn(seed, rounds)));
        }
        for (Future<Long> future : futures) total.addAndGet(future.get());
        pool.shutdown();
        System.out.println("churned " + total.get() + " " + pool.awaitTermination(10, TimeUnit.SECONDS));

        Object monitor = new Object();
        CountDownLatch done = new CountDownLatch(threads);
        for (int thread = 0; thread < threads; thread++) {
            new Thread(() -> {
                for (int round = 0; round < 10000; round++) {
                    synchronized (monitor) {
                        guarded++;
                    }
                }
                done.countDown();
            }).start();
        }
        done.await();
        System.out.println("guarded " + guarded);
        System.out.println("null checks " + nullChecks(30000));
        try {
            depth(0);
        } catch (StackOverflowError expected) {
            System.out.println("stack overflow");
        }
        ConcurrentHashMap<Long, Long> squares = new ConcurrentHashMap<>();
        LongStream.range(0, 20000).parallel().forEach(value -> squares.put(value, value * value));
        System.out.println("parallel " + squares.values().stream().mapToLong(Long::longValue).sum());
        System.gc();
        System.out.println("collected");
    }
}
