// A benchmark of the processor for the JVM: the same work as compute.js.
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

public class Compute {
    static int sieve(int limit) {
        byte[] composite = new byte[limit + 1];
        int count = 0;
        for (int number = 2; number <= limit; number++) {
            if (composite[number] != 0) continue;
            count++;
            for (long multiple = (long) number * number; multiple <= limit; multiple += number) composite[(int) multiple] = 1;
        }
        return count;
    }

    static final class Body {
        double x, y, vx, vy, mass;
    }

    static double orbit(int steps) {
        Body[] bodies = new Body[5];
        for (int index = 0; index < 5; index++) {
            bodies[index] = new Body();
            bodies[index].x = index;
            bodies[index].y = index * 0.5;
            bodies[index].vy = 0.1 * index;
            bodies[index].mass = 1.0 / (index + 1);
        }
        for (int step = 0; step < steps; step++) {
            for (Body body : bodies) {
                for (Body other : bodies) {
                    if (body == other) continue;
                    double dx = other.x - body.x, dy = other.y - body.y;
                    double force = (other.mass * 0.001) / Math.pow(dx * dx + dy * dy + 0.01, 1.5);
                    body.vx += dx * force;
                    body.vy += dy * force;
                }
            }
            for (Body body : bodies) {
                body.x += body.vx * 0.001;
                body.y += body.vy * 0.001;
            }
        }
        return bodies[0].x;
    }

    static int words(int count) {
        Map<String, Integer> seen = new HashMap<>();
        int state = 1;
        for (int index = 0; index < count; index++) {
            state = (state * 1103515245 + 12345) & 0x7fffffff;
            seen.merge("word" + state % 5000, 1, Integer::sum);
        }
        return Collections.max(seen.values());
    }

    static final class Node {
        Node left, right;
    }

    static Node tree(int depth) {
        Node node = new Node();
        if (depth > 0) {
            node.left = tree(depth - 1);
            node.right = tree(depth - 1);
        }
        return node;
    }

    static int nodes(Node root) {
        return root.left == null ? 1 : 1 + nodes(root.left) + nodes(root.right);
    }

    public static void main(String[] args) {
        int rounds = Integer.parseInt(args[0]);
        long check = 0;
        for (int round = 0; round < rounds; round++) {
            check += sieve(8_000_000) + words(1_500_000) + nodes(tree(18)) + Math.round(orbit(300_000) * 1e6);
        }
        System.out.println("result " + check);
    }
}
