"""A web server of the union's own, on a port of this machine, that is told of events."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from tests.support.ports import free_port


class Receiver:
    """What arrived, as (headers, body), and the status with which the next ones are answered."""

    def __init__(self):
        self.arrived = []
        self.status = 204
        self.location = None
        self.url = ""


@contextmanager
def a_receiver():
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.arrived.append((dict(self.headers), body))
            self.send_response(receiver.status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words):
            """Say nothing."""

    port = free_port()
    server = HTTPServer(("127.0.0.1", port), Handler)
    # It looks this often (seconds) whether it is to end.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{port}/muster"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
