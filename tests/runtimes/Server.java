import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.Collections;
import java.util.concurrent.Executors;

/** Answers on port 8000: /interfaces lists the network's, others get their path and how much was posted. */
public class Server {
    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(8000), 0);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.createContext("/interfaces", exchange -> {
            StringBuilder text = new StringBuilder();
            for (NetworkInterface one : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                text.append(one.getName()).append(one.isLoopback() ? " loopback" : "").append(one.isUp() ? " up" : "").append('\n');
            }
            byte[] answer = text.toString().getBytes();
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.createContext("/", exchange -> {
            int length = exchange.getRequestBody().readAllBytes().length;
            byte[] answer = (exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + length).getBytes();
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        System.out.println("ready");
    }
}
