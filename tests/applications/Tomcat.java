import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.catalina.Context;

/** The three answers of tests/src/applications/http-visit.ts by tomcat 10. */
public class Tomcat {
    public static void main(String[] arguments) throws Exception {
        var tomcat = new org.apache.catalina.startup.Tomcat();
        tomcat.setBaseDir("/tmp/tomcat");
        tomcat.setPort(8000);
        // Else a connection is closed after a hundred requests.
        tomcat.getConnector().setProperty("maxKeepAliveRequests", "-1");
        Context context = tomcat.addContext("", null);
        org.apache.catalina.startup.Tomcat.addServlet(context, "answers", new Answers());
        context.addServletMappingDecoded("/", "answers");
        tomcat.start();
        System.out.println("ready");
        tomcat.getServer().await();
    }

    static class Answers extends HttpServlet {
        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            byte[] posted = request.getInputStream().readAllBytes();
            byte[] answer;
            if (request.getServletPath().equals("/hello")) {
                answer = "hello".getBytes();
            } else if (request.getServletPath().equals("/length")) {
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
