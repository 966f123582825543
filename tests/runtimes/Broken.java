// Does not compile: what javac says of it is compared.
public class Broken {
    static int twice(int value) {
        return "two" * value;
    }

    public static void main(String[] args) {
        undefined(twice("three"));
    }
}
