import java.io.IOException;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;

/** The three answers of tests/src/applications/http-visit.ts by jetty 9. */
public class Jetty {
    public static void main(String[] arguments) throws Exception {
        Server server = new Server(8000);
        ServletContextHandler context = new ServletContextHandler();
        context.addServlet(new ServletHolder(new Answers()), "/*");
        server.setHandler(context);
        server.start();
        System.out.println("ready");
        server.join();
    }

    static class Answers extends HttpServlet {
        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            byte[] posted = request.getInputStream().readAllBytes();
            byte[] answer;
            if (request.getPathInfo().equals("/hello")) {
                answer = "hello".getBytes();
            } else if (request.getPathInfo().equals("/length")) {
                answer = String.valueOf(posted.length).getBytes();
            } else {
                answer = new byte[Integer.parseInt(request.getParameter("count"))];
                for (int i = 0; i < answer.length; i++) answer[i] = (byte) (i % 251);
            }
            response.setContentLength(answer.length);
            response.getOutputStream().write(answer);
        }
    }
}
