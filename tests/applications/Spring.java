import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** The three answers of tests/src/applications/http-visit.ts by a controller of Spring, in jetty. */
public class Spring {
    public static void main(String[] arguments) throws Exception {
        AnnotationConfigWebApplicationContext beans = new AnnotationConfigWebApplicationContext();
        beans.register(RequestMappingHandlerMapping.class, RequestMappingHandlerAdapter.class, Answers.class);
        Server server = new Server(8000);
        ServletContextHandler context = new ServletContextHandler();
        ServletHolder holder = new ServletHolder(new DispatcherServlet(beans));
        holder.setInitOrder(1);
        context.addServlet(holder, "/*");
        server.setHandler(context);
        server.start();
        System.out.println("ready");
        server.join();
    }

    @RestController
    public static class Answers {
        @RequestMapping(path = "/hello", method = RequestMethod.GET)
        public String hello() {
            return "hello";
        }

        @RequestMapping(path = "/length", method = RequestMethod.POST)
        public String length(@RequestBody(required = false) byte[] posted) {
            return String.valueOf(posted == null ? 0 : posted.length);
        }

        @RequestMapping(path = "/bytes", method = RequestMethod.GET)
        public byte[] bytes(@RequestParam("count") int count) {
            byte[] answer = new byte[count];
            for (int i = 0; i < count; i++) answer[i] = (byte) (i % 251);
            return answer;
        }
    }
}
