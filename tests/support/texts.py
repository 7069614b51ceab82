"""A provider of text messages for tests: a real server on this machine that speaks HTTP."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Provider:
    """What was asked of it, and how it answers: `status` for all, `slow` seconds before."""

    def __init__(self):
        self.asked = []
        # Whom it told that it has their text.
        self.accepted = []
        self.status, self.slow = 200, 0.0
        self.retry_after = None
        self.url = ""


@contextmanager
def a_provider():
    """Run it on a port of this machine."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if len(body) < int(self.headers["Content-Length"]):
                return  # whoever sent it was killed before it was said
            provider.asked.append((self.path, dict(self.headers), body.decode()))
            time.sleep(provider.slow)
            if provider.status == 200:
                provider.accepted.append(body.decode())
            self.send_response(provider.status)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            if provider.retry_after is not None:
                self.send_header("Retry-After", provider.retry_after)
            self.end_headers()

        def log_message(self, *given):
            del given

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *given):
            """Say nothing where a test hung up before the answer."""
            del given

    server = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        provider.url = f"http://127.0.0.1:{server.server_port}/send?from=union"
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
