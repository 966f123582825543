// One line.
public class Line {
    public static void main(String[] args) {
        System.out.println("result");
    }
}
