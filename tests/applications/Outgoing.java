import java.io.FileInputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Asks by libc's resolver, and the host's server of tests/src/applications/outgoing.ts by HTTPS: HTTP/2, then HTTP/1.1. */
public class Outgoing {
    static final String SERVER = "https://server.unary.test:8443";

    public static void main(String[] arguments) throws Exception {
        System.out.println(Arrays.toString(InetAddress.getAllByName("server.unary.test")));
        System.out.println(InetAddress.getAllByName("many.unary.test").length);
        System.out.println(InetAddress.getByName("192.0.2.1").getCanonicalHostName());
        try {
            System.out.println(InetAddress.getByName("missing.unary.test"));
        } catch (UnknownHostException error) {
            System.out.println("unknown");
        }
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (FileInputStream file = new FileInputStream("/data/certificate.pem")) {
            trusted.setCertificateEntry("server", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        for (HttpClient.Version version : HttpClient.Version.values()) visit(HttpClient.newBuilder().sslContext(context).version(version).build());
        System.exit(0);
    }

    static void visit(HttpClient client) throws Exception {
        for (int length : new int[] {0, 1, 100_000, 3_000_000}) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(SERVER + "/length"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[length])).build();
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            System.out.println(response.version() + " " + response.statusCode() + " " + response.body());
        }
        List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
        HttpRequest request = HttpRequest.newBuilder(URI.create(SERVER + "/bytes?count=500000")).build();
        for (int i = 0; i < 8; i++) answers.add(client.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray()));
        int good = 0;
        for (CompletableFuture<HttpResponse<byte[]>> answer : answers) {
            byte[] bytes = answer.get().body();
            boolean same = bytes.length == 500_000;
            for (int i = 0; same && i < bytes.length; i++) same = (bytes[i] & 0xff) == i % 251;
            if (same) good++;
        }
        System.out.println(good);
    }
}
