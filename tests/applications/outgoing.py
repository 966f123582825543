"""Asks by libc's resolver, and the host's server of tests/src/applications/outgoing.ts by HTTPS."""

import socket
import ssl
import urllib.request

found = socket.getaddrinfo("server.unary.test", 8443, type=socket.SOCK_STREAM)
print(sorted(address[0] for *_, address in found))
print(len({address[0] for *_, address in socket.getaddrinfo("many.unary.test", 80, socket.AF_INET)}))
print(socket.gethostbyaddr("192.0.2.1")[0])
try:
    socket.getaddrinfo("missing.unary.test", 80)
except socket.gaierror as error:
    print(error.errno == socket.EAI_NONAME)
context = ssl.create_default_context(cafile="/data/certificate.pem")
for length in (0, 1, 100_000, 3_000_000):
    request = urllib.request.Request("https://server.unary.test:8443/length", data=b"x" * length)
    with urllib.request.urlopen(request, context=context) as response:
        print(response.status, response.read().decode())
with urllib.request.urlopen("https://server.unary.test:8443/bytes?count=500000", context=context) as response:
    print(response.read() == bytes(index % 251 for index in range(500_000)))
